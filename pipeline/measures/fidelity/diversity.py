"""Do generated brains differ from each other as real ones do? Similarity, voxel variance, spread of head size."""

from typing import NamedTuple

import numpy as np
import torch

from brainaging.networks.linear.leading_space import MOST_ROWS
from brainaging.networks.linear.row_blocks import row_blocks
from brainaging.pipeline.measures.image_similarity import pair_metric
from brainaging.pipeline.runtime import UserError

#: pairs of brains compared; the standard error that comes with the mean says whether they are enough
PAIRS = 200
_BATCH = 16


class Similarity(NamedTuple):
    """Mean similarity of random pairs, its standard error, and what measured it ("ms_ssim" or "ssim")."""

    mean: float
    error: float
    measure: str


def pair_similarity(
    volumes: np.ndarray, mask: np.ndarray, rng: np.random.Generator, pairs: int = PAIRS
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
    metric, measure = pair_metric(volumes.shape[1:])
    values = []
    for start in range(0, pairs, _BATCH):
        left, right = (
            torch.from_numpy(volumes[rows[start : start + _BATCH]].astype(np.float32))[:, None] * inside
            for rows in (first, second)
        )
        values.append(torch.as_tensor(metric(left, right)).flatten().double().numpy())
    similarity = np.concatenate(values)
    error = float(similarity.std(ddof=1) / np.sqrt(pairs)) if pairs > 1 else 0.0
    return Similarity(float(similarity.mean()), error, measure)


def variance_ratio(generated: np.ndarray, real: np.ndarray, mask: np.ndarray) -> float:
    """Return the total voxel variance of generated (k, X, Y, Z) by real brains (n, X, Y, Z), in the mask."""
    return float(generated[:, mask].var(axis=0, ddof=1).sum() / real[:, mask].var(axis=0, ddof=1).sum())


def total_variances(volumes: np.ndarray, mask: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the total voxel variance inside the mask of volumes (n, X, Y, Z), for every row of weights (b, n).

    Weights say how often a bootstrap drew each volume; a row's sum is n. Of more than
    :data:`~brainaging.networks.linear.leading_space.MOST_ROWS` volumes a block of voxels is summed at a time, in
    place of products of every two volumes.
    """
    n = len(volumes)
    if n <= MOST_ROWS:
        rows = volumes[:, mask].astype(float)
        rows -= rows.mean(axis=0)
        products = rows @ rows.T
        around_zero = weights @ np.diag(products) / n
        of_mean = np.einsum("bi,bi->b", weights @ products, weights) / n**2
    else:
        where, around_zero, of_mean = np.nonzero(mask), np.zeros(len(weights)), np.zeros(len(weights))
        for block in row_blocks(int(mask.sum()), 8 * n):
            i, j, k = (axis[block] for axis in where)
            columns = volumes[:, i, j, k].astype(float)
            columns -= columns.mean(axis=0)
            around_zero += weights @ (columns**2).sum(axis=1) / n
            of_mean += ((weights @ columns) ** 2).sum(axis=1) / n**2
    variances: np.ndarray = (around_zero - of_mean) * n / (n - 1)
    return variances


def spread_ratio(generated: np.ndarray, real: np.ndarray) -> float:
    """Return the standard deviation of a measure over generated (k,) by that over real brains (n,)."""
    return float(np.std(generated, ddof=1) / np.std(real, ddof=1))
