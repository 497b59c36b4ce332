"""Intensity rules: what a grid's numbers mean. Each rule is gain-invariant and keeps background at exactly 0."""

from collections.abc import Callable

import numpy as np

from brainaging.transforms.checks.image_form import real_array
from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.head_size import half_maximum

CLIP = 1.25
"""Upper end after scaling: vessels and fat are brighter than white matter without bound, so they are cut here."""


def half_max_q98(volume: np.ndarray) -> np.ndarray:
    """Divide by the 98th percentile of the voxels above half maximum (about white matter); clip to [0, 1.25].

    Args:
        volume: any shape, background 0 or below.

    Returns:
        float32 of the same shape; grey matter near 0.7, white matter near 1, zeros where there is no signal.
    """
    volume = np.asarray(volume, np.float32)
    threshold = half_maximum(volume)
    bright = volume[volume > threshold]
    if threshold <= 0 or not bright.size:
        return np.zeros_like(volume)
    return np.clip(volume / np.percentile(bright, 98), 0.0, CLIP, dtype=np.float32)


RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"half_max_q98": half_max_q98}


def normalize_intensity(volume: np.ndarray, grid: str | GridSpec) -> np.ndarray:
    """Scale a volume by its grid's rule.

    Args:
        volume: (X, Y, Z) on the grid.
        grid: the grid, whose `intensity` names the rule.

    Returns:
        float32 of the same shape.

    Raises:
        ValueError: no rule has that name.
        ScanError: other than finite real numbers.
    """
    grid = get_grid(grid)
    if grid.intensity not in RULES:
        rules = ", ".join(RULES)
        raise ValueError(f"grid {grid.name}: expected an intensity rule among {rules}, found {grid.intensity!r}")
    return RULES[grid.intensity](real_array(volume, "normalize_intensity", None, finite=True))
