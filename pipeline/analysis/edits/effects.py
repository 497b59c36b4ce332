"""Effects of covariates on many measures at once, shrunk by what chance would give (empirical Bayes).

A direction that people differ much along is one along which a regression errs much. In the principal axes u_j of
the residuals, with variances λ_j, a coefficient β̂ has variance v λ_j, v being the design's. With a prior
β_j ~ N(0, τ²) the posterior mean is β̂_j τ² / (τ² + v λ_j), and τ is what makes the β̂_j most likely
(Morris 1983, JASA 78:47). Left-right symmetric and antisymmetric parts are shrunk each by itself: effects on
brains are mostly alike on both sides, and where they are, the antisymmetric part is chance alone.

One prior for all axes is wrong where an effect stands out in one place, as ventricles do. There, what shrinking
took away is itself more than chance: of a difference d with standard error s, the share 1 − (2 s / d)² is given
back where that is positive (the non-negative garrote: Breiman 1995, Technometrics 37:373).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import minimize_scalar

from brainaging.networks import principal_components

Mirror = Callable[[np.ndarray], np.ndarray]
#: axes of the residuals that are told apart; what lies beyond them shares one variance
MOST_AXES = 400
#: standard errors from which on a loss to shrinking is no chance
GARROTE = 2.0


def least_squares(values: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return coefficients (q, p) of values (n, p) on a design (n, q), rows weighted by ``weights`` (n,)."""
    left = design if weights is None else design * weights[:, None]
    solved: np.ndarray = np.linalg.solve(left.T @ design, left.T.astype(values.dtype) @ values)
    return solved


@dataclass(frozen=True)
class Shrinkage:
    """How much of a coefficient to believe, in the residuals' principal axes.

    Attributes:
        axes: (a, p) orthonormal.
        keep: (q, a) share kept along each axis, by column of the design.
        keep_rest: (q,) share kept of what no axis spans.
        restore: (q, p) share given back of what shrinking took from a measure.
    """

    axes: np.ndarray
    keep: np.ndarray
    keep_rest: np.ndarray
    restore: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray, design: np.ndarray, coefficients: np.ndarray) -> "Shrinkage":
        """Return the shrinkage of a fit's coefficients (q, p); the constant, the first column, is left alone."""
        residuals = values - (design @ coefficients).astype(values.dtype)
        free = len(values) - design.shape[1]
        count = int(min(MOST_AXES, max(free // 2, 1), values.shape[1]))
        found = principal_components(torch.from_numpy(residuals), count)
        axes, variance = found.components.numpy(), found.deviation.numpy().astype(float) ** 2
        rest = max(float(np.square(residuals, dtype=float).sum()) / free - variance.sum(), 0.0)
        rest_count = max(min(values.shape[1], free) - len(axes), 1)
        rest_variance = rest / rest_count
        spread = np.diag(np.linalg.inv(design.T @ design))
        keep, keep_rest = np.ones((len(coefficients), len(axes))), np.ones(len(coefficients))
        for column in range(1, len(coefficients)):
            along = axes @ coefficients[column]
            beyond = float(np.square(coefficients[column]).sum() - np.square(along).sum())
            noise = spread[column] * np.append(variance, rest_variance)
            counts = np.append(np.ones(len(axes)), float(rest_count))
            prior = _prior_variance(np.append(np.square(along), max(beyond, 0.0)), noise, counts)
            kept = prior / (prior + noise) if prior > 0 else np.zeros_like(noise)
            keep[column], keep_rest[column] = kept[:-1], kept[-1]
        plain = cls(axes, keep, keep_rest, np.zeros_like(coefficients))
        lost = coefficients - plain(coefficients)
        error = np.sqrt(np.outer(spread, np.square(residuals, dtype=float).sum(axis=0) / free))
        share = 1 - np.square(GARROTE * error) / np.maximum(np.square(lost), 1e-30)
        return replace(plain, restore=np.maximum(share, 0.0).astype(coefficients.dtype))

    def __call__(self, coefficients: np.ndarray) -> np.ndarray:
        """Return coefficients (q, p), shrunk."""
        along = coefficients @ self.axes.T
        rest = self.keep_rest[:, None]
        shrunk = rest * coefficients + ((self.keep - rest) * along) @ self.axes
        believed: np.ndarray = shrunk + self.restore * (coefficients - shrunk)
        return believed.astype(coefficients.dtype)


def _prior_variance(square: np.ndarray, noise: np.ndarray, counts: np.ndarray) -> float:
    """Return τ² that makes sums ``square`` of ``counts`` squared coefficients with variance ``noise``
    likeliest.
    """
    noise = np.maximum(noise, 1e-12 * noise.max())

    def cost(log_prior: float) -> float:
        total = np.exp(log_prior) + noise
        return float((counts * np.log(total) + square / total).sum())

    middle = np.log(max(square.sum() / counts.sum(), 1e-30))
    found = minimize_scalar(cost, bounds=(middle - 20, middle + 10), method="bounded")
    none = float((counts * np.log(noise) + square / noise).sum())
    return float(np.exp(found.x)) if found.fun < none else 0.0


@dataclass(frozen=True)
class Effects:
    """Coefficients of measures on a design, shrunk, with what is needed to fit them again.

    Attributes:
        coefficients: (q, p); the first row is the constant.
        even, odd: shrinkage of the symmetric and of the antisymmetric part.
        mirror: gives the measures (…, p) of mirrored brains.
    """

    coefficients: np.ndarray
    even: Shrinkage
    odd: Shrinkage
    mirror: Mirror

    @classmethod
    def fit(cls, values: np.ndarray, design: np.ndarray, mirror: Mirror) -> "Effects":
        """Fit values (n, p), float32, on a design (n, q) whose first column is the constant."""
        raw = least_squares(values, design)
        mirrored = mirror(values)
        parts = []
        for sign in (1, -1):
            half = (values + sign * mirrored) / 2
            parts.append(Shrinkage.fit(half, design, least_squares(half, design)))
        return cls(_shrunk(raw, parts[0], parts[1], mirror), parts[0], parts[1], mirror)

    def again(self, values: np.ndarray, design: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the coefficients (q, p) with people weighted anew, as a bootstrap draws them."""
        return _shrunk(least_squares(values, design, weights), self.even, self.odd, self.mirror)


def _shrunk(raw: np.ndarray, even: Shrinkage, odd: Shrinkage, mirror: Mirror) -> np.ndarray:
    turned = mirror(raw)
    return even((raw + turned) / 2) + odd((raw - turned) / 2)
