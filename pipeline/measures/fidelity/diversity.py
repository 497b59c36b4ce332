"""Do fakes differ from each other as real brains do? Similarity of pairs, voxel variance, spread of head size."""

from typing import NamedTuple

import numpy as np
import torch
from monai.metrics import MultiScaleSSIMMetric, SSIMMetric

from brainaging.pipeline.runtime import UserError

# Wang et al. 2003, their five scales' weights; fewer scales take the first ones, made to sum to 1
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# half of Wang et al.'s window: it fits a brain of 16 voxels at the coarsest scale
WINDOW, SIGMA = 7, 1.5
# fewer scales than this and it is plain SSIM with another name
FEWEST_SCALES = 3
_BATCH = 16


class Similarity(NamedTuple):
    """Mean similarity of random pairs, its standard error, and what measured it ("ms_ssim" or "ssim")."""

    mean: float
    error: float
    measure: str


def pair_similarity(
    volumes: np.ndarray, mask: np.ndarray, rng: np.random.Generator, pairs: int = 200
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
    metric, measure = _metric(volumes.shape[1:])
    values = []
    for start in range(0, pairs, _BATCH):
        one, other = (
            torch.from_numpy(volumes[rows[start : start + _BATCH]].astype(np.float32))[:, None] * inside
            for rows in (first, second)
        )
        values.append(torch.as_tensor(metric(one, other)).flatten().double().numpy())
    found = np.concatenate(values)
    return Similarity(
        float(found.mean()), float(found.std(ddof=1) / np.sqrt(pairs)) if pairs > 1 else 0.0, measure
    )


def _metric(shape: tuple[int, ...]) -> tuple[MultiScaleSSIMMetric | SSIMMetric, str]:
    scales = 1
    # monai asks for a volume that is larger than (window − 1) × 2^(scales − 1)
    while scales < len(MS_SSIM_WEIGHTS) and min(shape) // 2**scales >= 2 * WINDOW:
        scales += 1
    if scales < FEWEST_SCALES:
        return SSIMMetric(3, data_range=1.0, win_size=WINDOW, kernel_sigma=SIGMA), "ssim"
    weights = np.array(MS_SSIM_WEIGHTS[:scales])
    return (
        MultiScaleSSIMMetric(
            3, data_range=1.0, kernel_size=WINDOW, kernel_sigma=SIGMA, weights=tuple(weights / weights.sum())
        ),
        "ms_ssim",
    )


def variance_ratio(fake: np.ndarray, real: np.ndarray, mask: np.ndarray) -> float:
    """Return the total voxel variance of fakes (k, X, Y, Z) inside the mask by that of reals (n, X, Y, Z)."""
    return float(fake[:, mask].var(axis=0, ddof=1).sum() / real[:, mask].var(axis=0, ddof=1).sum())


def total_variances(volumes: np.ndarray, mask: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the total voxel variance inside the mask of volumes (n, X, Y, Z), for every row of weights (b, n).

    Weights say how often a bootstrap drew each volume; a row's sum is n.
    """
    rows = volumes[:, mask].astype(float)
    rows -= rows.mean(axis=0)
    n = len(rows)
    products = rows @ rows.T
    around_zero = weights @ np.diag(products) / n
    of_mean = np.einsum("bi,bi->b", weights @ products, weights) / n**2
    found: np.ndarray = (around_zero - of_mean) * n / (n - 1)
    return found


def spread_ratio(fake: np.ndarray, real: np.ndarray) -> float:
    """Return the standard deviation of a measure over fakes (k,) by that over reals (n,)."""
    return float(np.std(fake, ddof=1) / np.std(real, ddof=1))
