"""Effects of covariates on many measures at once, shrunk by what chance would give (empirical Bayes).

A direction that people differ much along is one along which a regression errs much. In the principal axes u_j of
the residuals a coefficient β̂_j has an error of variance s_j², taken over families, whose members are alike. With
a prior β_j ~ N(0, τ² s_j^2a) the posterior mean is the share τ² s_j^2a / (τ² s_j^2a + s_j²) of β̂_j, and τ and a
are what makes the β̂_j most likely (Morris 1983, JASA 78:47; powers of the error: Stephens 2017, Biostatistics
18:275). Left-right symmetric and antisymmetric parts are shrunk each by itself: effects on brains are mostly
alike on both sides, and where they are, the antisymmetric part is chance alone.

No prior suits every effect. One that many places share, as that of sex, lies along the few widest axes too,
with the power that they show: ``WIDE``. One that stands out in few places, as that of some years on ventricles,
has next to no part in them: ``LOCAL`` has a power of 0 over many axes, and gives back in place what shrinking
took where that is itself more than chance: of a difference d with standard error s the share 1 − (2 s / d)², if
positive (the non-negative garrote: Breiman 1995, Technometrics 37:373). An effect is the mean of what both make
of it: weights that are estimated, as on held-out people, cost more than they bring (Smith and Wallis 2009, Oxf
Bull Econ Stat 71:331).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array

from brainaging.networks import principal_components

Mirror = Callable[[np.ndarray], np.ndarray]
#: standard errors from which on a loss to shrinking is no chance: about the two-sided 5 % of a normal
#: distribution. Sensitivity: not measured
GARROTE = 2.0
#: where a number is divided by or its logarithm taken: nothing but 0 is smaller. Sensitivity: none
_TINY, _SMALL_SHARE = 1e-30, 1e-12


@dataclass(frozen=True)
class Prior:
    """What is expected of an effect: see the module.

    Attributes:
        axes: how many of the residuals' principal axes have variances of their own; what lies beyond shares one.
        powers: a of the error's variance, from which the likeliest is taken.
        restored: whether what stands out in place is given back.
    """

    axes: int
    powers: tuple[float, ...]
    restored: bool


#: 25 axes, chosen on simulated cohorts (seeds 21, 22, 43 and 51). A power of 1 makes effects as wide as the
#: noise, 0 as wide along all axes, and the likeliest is taken from either side of both. Sensitivity: not measured
WIDE = Prior(25, tuple(np.linspace(-0.5, 1.5, 21).tolist()), restored=False)
#: 400 axes, chosen on the same cohorts of a thousand people. Sensitivity: not measured
LOCAL = Prior(400, (0.0,), restored=True)
PRIORS = (WIDE, LOCAL)


def least_squares(values: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return coefficients (q, p) of values (n, p) on a design (n, q), rows weighted by ``weights`` (n,)."""
    left = design if weights is None else design * weights[:, None]
    solved: np.ndarray = np.linalg.solve(left.T @ design, left.T.astype(values.dtype) @ values)
    return solved


def family_errors(residuals: np.ndarray, design: np.ndarray, column: int, groups: np.ndarray) -> np.ndarray:
    """Return (g, p) every family's part in the cluster-robust standard errors of a column's coefficients.

    Their sum of squares over families, which are independent, is the coefficients' variance (Liang and Zeger 1986,
    Biometrika 73:13), with the correction for few families that Stata uses.

    Args:
        residuals: (n, p).
        design: (n, q).
        column: of the design.
        groups: (n,) families.
    """
    names, code = np.unique(groups, return_inverse=True)
    pull = design @ np.linalg.inv(design.T @ design)[:, column]
    count, families = len(design), len(names)
    # few families fit a design too well
    correction = np.sqrt((count - 1) / (count - design.shape[1]) * families / (families - 1))
    sums = csr_array((correction * pull, (code, np.arange(count))), shape=(families, count)).astype(
        residuals.dtype
    )
    errors: np.ndarray = sums @ residuals
    return errors


@dataclass(frozen=True)
class Shrinkage:
    """How much of a coefficient to keep, in the residuals' principal axes.

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

    def __call__(self, coefficients: np.ndarray) -> np.ndarray:
        """Return coefficients (q, p), shrunk."""
        along = coefficients @ self.axes.T
        rest = self.keep_rest[:, None]
        shrunk = rest * coefficients + ((self.keep - rest) * along) @ self.axes
        restored: np.ndarray = shrunk + self.restore * (coefficients - shrunk)
        return restored.astype(coefficients.dtype)


def shrinkages(
    values: np.ndarray, design: np.ndarray, groups: np.ndarray, priors: Sequence[Prior] = PRIORS
) -> list[Shrinkage]:
    """Return, by prior, how to shrink the coefficients of values (n, p) on a design (n, q).

    The design's first column is the constant, which is left alone; ``groups`` (n,) are families.
    """
    coefficients = least_squares(values, design)
    residuals = values - (design @ coefficients).astype(values.dtype)
    free = len(values) - design.shape[1]
    most = min(max(prior.axes for prior in priors), max(free // 2, 1), values.shape[1])
    axes = principal_components(torch.from_numpy(residuals), most).components.numpy()
    along, noise = coefficients @ axes.T, np.zeros((len(coefficients), len(axes)))
    error = np.zeros_like(coefficients)
    for column in range(1, len(coefficients)):
        errors = family_errors(residuals, design, column, groups)
        noise[column] = np.square(errors @ axes.T, dtype=float).sum(axis=0)
        error[column] = np.sqrt(np.square(errors, dtype=float).sum(axis=0))
    by_prior = []
    for prior in priors:
        count = min(prior.axes, len(axes))
        rest = max(min(values.shape[1], free) - count, 1)
        keep, keep_rest = np.ones((len(coefficients), count)), np.ones(len(coefficients))
        for column in range(1, len(coefficients)):
            squares = np.square(along[column, :count], dtype=float)
            beyond = float(np.square(coefficients[column], dtype=float).sum()) - squares.sum()
            around = float(np.square(error[column], dtype=float).sum()) - noise[column, :count].sum()
            kept = posterior_shares(
                np.append(squares, max(beyond, 0.0)),
                np.append(noise[column, :count], max(around, 0.0) / rest),
                np.append(np.ones(count), float(rest)),
                prior.powers,
            )
            keep[column], keep_rest[column] = kept[:-1], kept[-1]
        shrinkage = Shrinkage(axes[:count], keep, keep_rest, np.zeros_like(coefficients))
        if prior.restored:
            lost = coefficients - shrinkage(coefficients)
            share = 1 - np.square(GARROTE * error) / np.maximum(np.square(lost), _TINY)
            shrinkage = replace(shrinkage, restore=np.maximum(share, 0.0).astype(coefficients.dtype))
        by_prior.append(shrinkage)
    return by_prior


def posterior_shares(
    square: np.ndarray, noise: np.ndarray, counts: np.ndarray, powers: Sequence[float]
) -> np.ndarray:
    """Return the shares (a,) to keep of coefficients along axes, by the likeliest prior.

    Args:
        square: (a,) sums of ``counts`` (a,) squared coefficients.
        noise: (a,) the variance of each one's error.
        counts: (a,) how many coefficients stand together.
        powers: of the noise, from which the prior's variance takes the likeliest.
    """
    noise = np.maximum(noise, _SMALL_SHARE * noise.max())
    middle = np.log(max(square.sum() / counts.sum(), _TINY))
    none = float((counts * np.log(noise) + square / noise).sum())
    best, kept = none, np.zeros_like(noise)
    for power in powers:
        # about the middle, so that scales of all powers are alike
        shape = power * (np.log(noise) - np.average(np.log(noise), weights=counts))

        def cost(log_scale: float, shape: np.ndarray = shape) -> float:
            total = np.exp(log_scale + shape) + noise
            return float((counts * np.log(total) + square / total).sum())

        # from 2e-9 to 2e4 times the mean square: beyond, all or nothing is kept
        likeliest = minimize_scalar(cost, bounds=(middle - 20, middle + 10), method="bounded")
        if likeliest.fun < best:
            best, prior = float(likeliest.fun), np.exp(likeliest.x + shape)
            kept = prior / (prior + noise)
    return kept


@dataclass(frozen=True)
class Effects:
    """Coefficients of measures on a design, shrunk, with what is needed to fit them again.

    Attributes:
        coefficients: (q, p); the first row is the constant.
        even, odd: shrinkages of the symmetric and of the antisymmetric part, by prior.
        mirror: gives the measures (…, p) of mirrored brains.
    """

    coefficients: np.ndarray
    even: Sequence[Shrinkage]
    odd: Sequence[Shrinkage]
    mirror: Mirror

    @classmethod
    def fit(
        cls,
        values: np.ndarray,
        design: np.ndarray,
        groups: np.ndarray,
        mirror: Mirror,
        priors: Sequence[Prior] = PRIORS,
    ) -> "Effects":
        """Fit values (n, p), float32, of families ``groups`` (n,) on a design (n, q) whose first column is the
        constant.
        """
        mirrored = mirror(values)
        even, odd = (shrinkages((values + sign * mirrored) / 2, design, groups, priors) for sign in (1, -1))
        return cls(_shrunk(least_squares(values, design), even, odd, mirror), even, odd, mirror)

    def refit(self, values: np.ndarray, design: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the coefficients (q, p) with people weighted by ``weights`` (n,), as a bootstrap draws them.

        Shrunk as before: what a shrinkage owes to chance is not in the draws.
        """
        return _shrunk(least_squares(values, design, weights), self.even, self.odd, self.mirror)


def _shrunk(raw: np.ndarray, even: Sequence[Shrinkage], odd: Sequence[Shrinkage], mirror: Mirror) -> np.ndarray:
    mirrored = mirror(raw)
    symmetric, antisymmetric = (raw + mirrored) / 2, (raw - mirrored) / 2
    by_prior = [
        shrink_even(symmetric) + shrink_odd(antisymmetric)
        for shrink_even, shrink_odd in zip(even, odd, strict=True)
    ]
    return np.mean(by_prior, axis=0, dtype=raw.dtype)
