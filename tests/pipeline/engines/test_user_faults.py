"""Under the errors of MONAI and torch lies a user's mistake, or a bug of ours; they are told apart."""

import errno

import pytest
import torch

from brainaging.networks import MorphometryAutoencoder
from brainaging.networks.diffeomorphism import FoldedWarpError
from brainaging.pipeline.engines.user_faults import users_fault
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridMismatchError, ScanError


def wrapped(make, heading: str = "Failed to evaluate ConfigExpression") -> BaseException:
    """Return the error that comes of what ``make`` raises, wrapped as MONAI does."""
    try:
        try:
            make()
        except Exception as error:
            raise RuntimeError(heading) from error
    except RuntimeError as error:
        return error
    raise AssertionError("expected an error")


def raising(error: Exception):
    def make() -> None:
        raise error

    return make


@pytest.mark.parametrize("kind", [UserError, ScanError, GridMismatchError, FoldedWarpError])
def test_our_own_errors_come_out_as_they_are(kind) -> None:
    error = kind("a.csv: expected x, found y")
    assert users_fault(wrapped(raising(error))) is error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/out/last.pt"),
            "/out/last.pt: no space left on the disk: free some",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/out/.tmp-8c75a675-facts.json"),
            "/out/facts.json: Permission denied (expected a file or folder that you may read and write:"
            " choose another, or change its rights)",
        ),
        (MemoryError(), "the memory does not suffice"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "the memory does not suffice"),
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried"),
            "the GPU's memory does not suffice: lower batch_size",
        ),
    ],
)
def test_what_surrounds_the_run_is_said_in_one_line(error, message) -> None:
    fault = users_fault(wrapped(raising(error)))
    assert isinstance(fault, UserError)
    assert str(fault).startswith(message)
    assert "\n" not in str(fault)


def test_a_value_that_our_constructor_refuses_is_the_users() -> None:
    made = wrapped(lambda: MorphometryAutoencoder([], 2, 3), "Failed to instantiate component 'x'")
    assert "a value of the config: " in str(users_fault(made))


@pytest.mark.parametrize(
    "make", [raising(ValueError("somebody else's")), raising(KeyError("x")), lambda: 1 / 0, lambda: [].pop()]
)
def test_a_bug_stays_one(make) -> None:
    assert users_fault(wrapped(make, "Failed to instantiate component 'x'")) is None
