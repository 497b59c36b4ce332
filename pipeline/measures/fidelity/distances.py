"""Distances between two samples of features, and the floor: what two samples of real brains are apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brainaging.networks.linear.row_blocks import BLOCK_BYTES
from brainaging.pipeline.measures.fidelity.pair_sums import kernel_sum, median_gap
from brainaging.pipeline.runtime import UserError

#: samples drawn for a distance and its band: the mean over 50 is off by a seventh of the spread over draws, and
#: the band's ends lie next to the outermost draws but one
DRAWS = 50

Measure = Callable[[np.ndarray, np.ndarray], float]


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Fréchet distance between Gaussians fitted to two samples, (n, d) and (m, d).

    d² = |μ₁ − μ₂|² + tr C₁ + tr C₂ − 2 tr (C₁ C₂)^½ (Dowson and Landau 1982; Heusel et al. 2017). With centred
    samples A (n, d) and B (m, d) the last trace is the sum of the singular values of A Bᵀ / √((n−1)(m−1)): exact
    for singular covariances too, of which the usual matrix square root makes noise. It grows as samples shrink:
    compare at equal n. Large samples are first turned to as many rows as they have columns, A = QR to R, which
    leaves the singular values as they are.
    """
    check_samples(first, second)
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    freedom = (len(first) - 1), (len(second) - 1)
    large = 8 * len(a) * len(b) > BLOCK_BYTES
    left, right = (_turned(part) if large and len(part) > part.shape[1] else part for part in (a, b))
    shared = np.linalg.svd(left @ right.T, compute_uv=False).sum() / np.sqrt(freedom[0] * freedom[1])
    apart = ((first.mean(axis=0) - second.mean(axis=0)) ** 2).sum()
    spread = (a**2).sum() / freedom[0] + (b**2).sum() / freedom[1]
    return float(max(apart + spread - 2 * shared, 0.0))


def _turned(sample: np.ndarray) -> np.ndarray:
    """Return R (d, d) of a sample (n, d) = QR."""
    return np.asarray(np.linalg.qr(sample, mode="r"))


def mmd(sample: np.ndarray, real: np.ndarray, bandwidth: float | None = None) -> float:
    """Return the unbiased squared maximum mean discrepancy of two samples, (n, d) and (m, d).

    Gaussian kernel. Its bandwidth is the median distance within ``real`` if not given (Gretton
    et al. 2012, equation 3). Around 0, and as often below it, where both are drawn from one distribution.
    """
    check_samples(sample, real)
    if bandwidth is None:
        bandwidth = median_gap(real)
    if not bandwidth > 0:
        raise UserError(
            f"MMD: expected a positive bandwidth, found {bandwidth:g} (are the real features all alike?)"
        )
    gamma = 1 / (2 * bandwidth**2)
    within = [
        (kernel_sum(part, part, gamma) - len(part)) / (len(part) * (len(part) - 1)) for part in (sample, real)
    ]
    between = kernel_sum(sample, real, gamma) / (len(sample) * len(real))
    return float(within[0] + within[1] - 2 * between)


@dataclass(frozen=True)
class Distance:
    """A distance of generated to fresh real brains, and the floor: two samples of real brains, at the same n.

    ``low`` and ``high`` are the 2.5th and 97.5th percentiles of the value over random draws of generated and of
    fresh brains, ``floor_low`` and ``floor_high`` those of the floor over random halves of the real brains; ``n``
    is the size of every sample. ``ratio`` is value / floor.
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
    generated: np.ndarray,
    train: np.ndarray,
    fresh: np.ndarray,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Distance:
    """Return a distance and its floor, both averaged over random draws of equal size.

    Generated and fresh brains of one number are taken whole: their distance has no interval (NaN).

    The floor parts training and fresh brains, pooled, at random: between one sample of each it would be one draw.
    Relatives among them make it stricter.

    Args:
        measure: :func:`frechet_distance` or :func:`mmd`.
        generated: (k, d) features of generated brains.
        train: (n, d) of the real brains that the generator learned from.
        fresh: (m, d) of real brains that nothing was fitted to; under 500 of them a distance says little.
        rng: draws the samples.
        draws: how many of them.

    Raises:
        UserError: samples of different width or of fewer than two brains.
    """
    check_samples(generated, fresh)
    check_samples(train, fresh)
    n = min(len(generated), len(train), len(fresh))
    real = np.concatenate([train, fresh])
    values, floors = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        values[draw] = measure(
            generated[rng.permutation(len(generated))[:n]], fresh[rng.permutation(len(fresh))[:n]]
        )
        order = rng.permutation(len(real))
        floors[draw] = measure(real[order[:n]], real[order[n : 2 * n]])
    # where both samples are taken whole, draws are all the same, and say nothing of chance
    drawn = max(len(generated), len(fresh)) > n
    low, high = np.percentile(values, [2.5, 97.5]) if drawn else (np.nan, np.nan)
    floor_low, floor_high = np.percentile(floors, [2.5, 97.5])
    band, floor_band = (float(low), float(high)), (float(floor_low), float(floor_high))
    return Distance(float(values.mean()), *band, float(floors.mean()), *floor_band, n)


def check_samples(first: np.ndarray, second: np.ndarray) -> None:
    """Raise UserError unless both are (n, d) samples of the same width with at least two finite rows."""
    for sample in (first, second):
        if sample.ndim != 2 or len(sample) < 2:
            raise UserError(f"features: expected (n, d) with n of at least 2, found shape {sample.shape}")
        if not np.isfinite(sample).all():
            raise UserError("features: expected finite numbers, found NaN or infinity")
    if first.shape[1] != second.shape[1]:
        raise UserError(f"features: expected samples of one width, found {first.shape[1]} and {second.shape[1]}")
