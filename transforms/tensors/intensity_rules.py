"""The intensity rules for tensors on their own device."""

from collections.abc import Callable

import torch
from torch import Tensor

from brainaging.transforms.grid import GridSpec
from brainaging.transforms.intensity import CLIP
from brainaging.transforms.scan_errors import ScanError


def half_maximum_tensor(volume: Tensor) -> Tensor:
    """Half of the brain's bright level, (), as :func:`brainaging.transforms.head_size.half_maximum` has it."""
    values = volume[volume > 0]
    if not values.numel():
        return volume.new_zeros(())
    threshold = 0.25 * _quantile(values, 0.90)
    for _ in range(20):
        new = 0.5 * _quantile(values[values > threshold], 0.90)
        if bool((new - threshold).abs() <= 1e-4 * new):
            break
        threshold = new
    return new


def half_max_q98_tensor(volume: Tensor) -> Tensor:
    """Scale a volume (X, Y, Z) as :func:`brainaging.transforms.intensity.half_max_q98` does."""
    volume = volume.float()
    threshold = half_maximum_tensor(volume)
    bright = volume[volume > threshold]
    if threshold <= 0 or not bright.numel():
        return torch.zeros_like(volume)
    return (volume / _quantile(bright, 0.98)).clip(0.0, CLIP)


#: by the names that grids have for them
TENSOR_RULES: dict[str, Callable[[Tensor], Tensor]] = {"half_max_q98": half_max_q98_tensor}


def normalize_tensor(volume: Tensor, grid: GridSpec) -> Tensor:
    """Scale a volume (X, Y, Z) by its grid's rule, on its own device.

    Raises:
        ValueError: no rule for tensors has that name.
        ScanError: NaN or infinite voxels.
    """
    if grid.intensity not in TENSOR_RULES:
        rules = ", ".join(TENSOR_RULES)
        raise ValueError(f"grid {grid.name}: expected an intensity rule among {rules}, found {grid.intensity!r}")
    if not bool(torch.isfinite(volume).all()):
        raise ScanError("normalize_intensity: expected finite intensities, found NaN or infinite voxels")
    return TENSOR_RULES[grid.intensity](volume)


def _quantile(values: Tensor, share: float) -> Tensor:
    """Return a quantile, linear between order statistics; torch's own takes no more than 2^24 values."""
    place = share * (values.numel() - 1)
    below = int(place)
    ordered = values.sort().values
    above = ordered[min(below + 1, values.numel() - 1)]
    return ordered[below] + (place - below) * (above - ordered[below])
