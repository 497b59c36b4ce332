"""What is the user's to mend under the errors that MONAI, Ignite and torch wrap it in."""

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import torch

from brainaging.networks.diffeomorphism import FoldedWarpError
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridMismatchError, ScanError

#: how a file is called while it is written (brainaging.pipeline.runtime.atomic)
_TEMPORARY = re.compile(r"\.tmp-[0-9a-f]{8}-(?=.)")
#: how MONAI begins when a component of a config could not be made
_NOT_MADE = "Failed to instantiate component"


def users_fault(error: BaseException) -> Exception | None:
    """Return the user's mistake or surroundings that lie under an error; None where it is a bug of ours.

    Found are: our own errors for users; memory that does not suffice; a file or folder that cannot be read or
    written; and a value that the constructor of a component of this package refuses with a ValueError, as a config
    asks for it.

    Returns:
        An error whose text is one line.
    """
    for cause in _causes(error, while_handling=True):
        if isinstance(cause, UserError | ScanError | GridMismatchError | FoldedWarpError):
            return cause
    # not what was raised while something else was handled: a bug may be
    causes = list(_causes(error, while_handling=False))
    for cause in causes:
        if isinstance(cause, torch.OutOfMemoryError):
            return UserError("the GPU's memory does not suffice: lower batch_size or the network's sizes")
        if isinstance(cause, MemoryError) or "can't allocate memory" in str(cause):
            return UserError("the memory does not suffice: lower batch_size or the network's sizes")
        if isinstance(cause, OSError):
            return UserError(_of_file(cause))
    made = any(str(cause).startswith(_NOT_MADE) for cause in causes)
    for cause in causes:
        if made and isinstance(cause, ValueError) and _raised_here(cause):
            return UserError(f"a value of the config: {' '.join(str(cause).split())}")
    return None


def _causes(error: BaseException | None, while_handling: bool) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (error.__context__ if while_handling else None)


def _of_file(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f"{_named(error.filename)}: " if error.filename else ""
        return f"{where}no space left on the disk: free some and run the same again; what is finished is kept"
    line = f"{_named(error.filename)}: {error.strerror or ' '.join(str(error).split())}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        line += " (expected a file or folder that you may read and write: choose another, or change its rights)"
    return line


def _named(filename: object) -> str:
    """Return the file that a user knows: what stands beside it for a moment is nobody's."""
    path = Path(str(filename or "a file"))
    return str(path.with_name(_TEMPORARY.sub("", path.name))) if _TEMPORARY.match(path.name) else str(path)


def _raised_here(error: BaseException) -> bool:
    """Whether the line that raised an error is one of this package."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("brainaging.")
