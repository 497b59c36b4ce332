"""Distances between two samples of features, and the floor: what two samples of real brains are apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel

from brainaging.pipeline.runtime import UserError

Measure = Callable[[np.ndarray, np.ndarray], float]


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Fréchet distance between Gaussians fitted to two samples, (n, d) and (m, d).

    d² = |μ₁ − μ₂|² + tr C₁ + tr C₂ − 2 tr (C₁ C₂)^½ (Dowson and Landau 1982; Heusel et al. 2017). With centred
    samples A (n, d) and B (m, d) the last trace is the sum of the singular values of A Bᵀ / √((n−1)(m−1)): exact
    for singular covariances too, of which the usual matrix square root makes noise. It grows as samples shrink:
    compare at equal n.
    """
    check_samples(one, other)
    first, second = one - one.mean(axis=0), other - other.mean(axis=0)
    scale = (len(one) - 1), (len(other) - 1)
    shared = np.linalg.svd(first @ second.T, compute_uv=False).sum() / np.sqrt(scale[0] * scale[1])
    apart = ((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum()
    spread = (first**2).sum() / scale[0] + (second**2).sum() / scale[1]
    return float(max(apart + spread - 2 * shared, 0.0))


def mmd(one: np.ndarray, other: np.ndarray, bandwidth: float | None = None) -> float:
    """Return the unbiased squared maximum mean discrepancy of two samples, (n, d) and (m, d).

    Gaussian kernel; its bandwidth is the median distance within ``other`` (the real sample) if not given (Gretton
    et al. 2012, equation 3). Around 0, and as often below it, where both are drawn from one distribution.
    """
    check_samples(one, other)
    if bandwidth is None:
        gaps = pairwise_distances(other)
        bandwidth = float(np.median(gaps[np.triu_indices(len(other), 1)]))
    if not bandwidth > 0:
        raise UserError(
            f"MMD: expected a positive bandwidth, found {bandwidth:g} (are the real features all alike?)"
        )
    gamma = 1 / (2 * bandwidth**2)
    within = [
        (rbf_kernel(sample, gamma=gamma).sum() - len(sample)) / (len(sample) * (len(sample) - 1))
        for sample in (one, other)
    ]
    return float(within[0] + within[1] - 2 * rbf_kernel(one, other, gamma=gamma).mean())


@dataclass(frozen=True)
class Distance:
    """A distance of fakes to fresh real brains, and the floor: two samples of real brains, at the same n.

    ``low`` and ``high`` are the 2.5th and 97.5th percentiles of the value over random draws of made and of fresh
    brains, ``floor_low`` and ``floor_high`` those of the floor over random halves of the real brains; ``n`` is the
    size of every sample. ``ratio`` is value / floor.
    """

    value: float
    low: float
    high: float
    floor: float
    floor_low: float
    floor_high: float
    n: int

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.value / self.floor if self.floor > 0 else float("nan")


def distance_to_real(
    measure: Measure,
    fake: np.ndarray,
    train: np.ndarray,
    fresh: np.ndarray,
    rng: np.random.Generator,
    draws: int = 50,
) -> Distance:
    """Return a distance beside its floor, both averaged over random draws of equal size.

    The floor parts training and fresh brains, pooled, at random: between one sample of each it would be one draw.
    Relatives among them make it stricter.

    Args:
        measure: :func:`frechet_distance` or :func:`mmd`.
        fake: (k, d) features of generated brains.
        train: (n, d) of the real brains that the generator learned from.
        fresh: (m, d) of real brains that nothing was fitted to; under 500 of them a distance says little.
        rng: draws the samples.
        draws: how many of them.

    Raises:
        UserError: samples of different width or of fewer than two brains.
    """
    check_samples(fake, fresh)
    check_samples(train, fresh)
    n = min(len(fake), len(train), len(fresh))
    real = np.concatenate([train, fresh])
    values, floors = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        values[draw] = measure(fake[rng.permutation(len(fake))[:n]], fresh[rng.permutation(len(fresh))[:n]])
        order = rng.permutation(len(real))
        floors[draw] = measure(real[order[:n]], real[order[n : 2 * n]])
    bands = (float(edge) for found in (values, floors) for edge in np.percentile(found, [2.5, 97.5]))
    low, high, floor_low, floor_high = bands
    return Distance(float(values.mean()), low, high, float(floors.mean()), floor_low, floor_high, n)


def check_samples(one: np.ndarray, other: np.ndarray) -> None:
    """Raise UserError unless both are (n, d) samples of the same width with at least two finite rows."""
    for sample in (one, other):
        if sample.ndim != 2 or len(sample) < 2:
            raise UserError(f"features: expected (n, d) with n of at least 2, found shape {sample.shape}")
        if not np.isfinite(sample).all():
            raise UserError("features: expected finite numbers, found NaN or infinity")
    if one.shape[1] != other.shape[1]:
        raise UserError(f"features: expected samples of one width, found {one.shape[1]} and {other.shape[1]}")
