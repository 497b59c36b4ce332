"""Do fakes differ from each other as real brains do? Similarity of pairs, voxel variance, spread of head size."""

from typing import NamedTuple

import numpy as np
import torch

from brainaging.pipeline.engines import SSIM_WINDOW, ms_ssim, ssim_maps
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import head_size_ml

# Wang et al. 2003, their five scales' weights; fewer scales take the first ones, made to sum to 1
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# fewer scales than this and it is plain SSIM with another name
FEWEST_SCALES = 3
_BATCH = 16


class Similarity(NamedTuple):
    """Mean similarity of random pairs, its standard error, and what measured it ("ms_ssim" or "ssim")."""

    mean: float
    error: float
    measure: str


def pair_similarity(
    volumes: np.ndarray, mask: np.ndarray, rng: np.random.Generator, pairs: int = 500
) -> Similarity:
    """Return how alike two brains of a sample are, on average over random pairs of different brains.

    MS-SSIM where the grid allows three scales of a window of 7 voxels (from 64³), SSIM below; everything outside
    the mask is 0, and the intensity range is 1, the grid contract's unit.

    Args:
        volumes: (n, X, Y, Z).
        mask: (X, Y, Z) bool.
        rng: draws the pairs.
        pairs: how many.

    Raises:
        UserError: fewer than two volumes.
    """
    if len(volumes) < 2:
        raise UserError(f"similarity of pairs: expected at least 2 volumes, found {len(volumes)}")
    first = rng.integers(len(volumes), size=pairs)
    second = (first + rng.integers(1, len(volumes), size=pairs)) % len(volumes)
    inside = torch.from_numpy(np.ascontiguousarray(mask, dtype=np.float32))
    weights = _scale_weights(volumes.shape[1:])
    values = []
    for start in range(0, pairs, _BATCH):
        one, other = (
            torch.from_numpy(volumes[rows[start : start + _BATCH]].astype(np.float32))[:, None] * inside
            for rows in (first, second)
        )
        alike = ms_ssim(one, other, 1.0, weights) if weights else ssim_maps(one, other, 1.0)[0].flatten(1).mean(1)
        values.append(alike.double().numpy())
    found = np.concatenate(values)
    error = float(found.std(ddof=1) / np.sqrt(pairs)) if pairs > 1 else 0.0
    return Similarity(float(found.mean()), error, "ms_ssim" if weights else "ssim")


def _scale_weights(shape: tuple[int, ...]) -> tuple[float, ...]:
    """Return the weights of as many scales as hold two windows; none where too few do."""
    scales = 1
    while scales < len(MS_SSIM_WEIGHTS) and min(shape) // 2**scales >= 2 * SSIM_WINDOW:
        scales += 1
    if scales < FEWEST_SCALES:
        return ()
    total = sum(MS_SSIM_WEIGHTS[:scales])
    return tuple(weight / total for weight in MS_SSIM_WEIGHTS[:scales])


def variance_ratio(fake: np.ndarray, real: np.ndarray, mask: np.ndarray) -> float:
    """Return the total voxel variance of fakes (k, X, Y, Z) inside the mask by that of reals (n, X, Y, Z)."""
    return float(fake[:, mask].var(axis=0, ddof=1).sum() / real[:, mask].var(axis=0, ddof=1).sum())


def head_sizes(volumes: np.ndarray, spacing: float) -> np.ndarray:
    """Return each volume's head size (n,) in mL, measured in the image by half maximum."""
    return np.array([head_size_ml(volume, spacing) for volume in volumes])


def spread_ratio(fake: np.ndarray, real: np.ndarray) -> float:
    """Return the standard deviation of a measure over fakes (k,) by that over reals (n,)."""
    return float(np.std(fake, ddof=1) / np.std(real, ddof=1))
