"""A full disk: told apart from what is wrong with a scan."""

import errno
from collections.abc import Iterator

from brainaging.pipeline.runtime import UserError

_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFullError(UserError):
    """The disk is full: nothing is wrong with the scans, and what is finished is kept."""


def is_disk_full(error: BaseException) -> bool:
    """Say whether a full disk or a used-up quota is behind ``error``."""
    return any(isinstance(e, OSError) and e.errno in _FULL for e in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
