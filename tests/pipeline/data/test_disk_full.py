"""A full disk is told from other errors, however deep it lies."""

import errno

import pytest

from brainaging.pipeline.data.disk_full import is_disk_full


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_full_disk_behind_any_number_of_causes(number, depth):
    error: BaseException = OSError(number, "No space left on device")
    for _ in range(depth):
        outer = RuntimeError("applying transform")
        outer.__cause__ = error
        error = outer
    assert is_disk_full(error)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "denied"), ValueError("no space left"), RuntimeError()])
def test_what_is_no_full_disk(error):
    assert not is_disk_full(error)
