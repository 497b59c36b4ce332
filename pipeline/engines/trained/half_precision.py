"""Weights in half precision: half the bytes to ship, and a rounding by at most one part in two thousand."""

from typing import Any

import torch

#: numbers in a tensor below which nothing is gained by halving it. Sensitivity: none of results, the fewer are
#: halved the exacter they are; bytes alone
LARGE = 4096


def halved(state: dict[str, Any]) -> dict[str, Any]:
    """Return a checkpoint with its large tensors in half precision; small ones stay, and so does what is no float.

    Measures in mm³, covariances and other small tables of numbers, which half precision could not hold (above
    65,504) or would round by more than they differ, are small.

    Raises:
        ValueError: a large tensor holds a number beyond half precision.
    """
    return {name: _halved(name, value) for name, value in state.items()}


def _halved(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return type(value)((key, _halved(f"{name}.{key}", child)) for key, child in value.items())
    if not (isinstance(value, torch.Tensor) and value.dtype == torch.float32 and value.numel() >= LARGE):
        return value
    rounded = value.half()
    if not bool(torch.isfinite(rounded).all()):
        raise ValueError(f"{name}: expected numbers of at most 65,504, found {float(value.abs().max()):.3g}")
    return rounded
