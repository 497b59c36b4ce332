"""A hierarchical model of one covariate's effect on many measures, and its likeliest variances.

Estimated coefficients b (p,) of a covariate are taken to be

    b = θ R + δ + e,

R (k, p) what a unit of each of k known motions does to the measures, θ their amplitudes, δ what no motion explains
and e the error of estimation. Along the principal axes u_j of people's residuals e has variances s_j², and
δ_j ~ N(0, τ² s_j^2a); θ_k ~ N(0, σ² c_k²), c_k the sizes in which motions are counted. τ, a and σ are what makes
b most likely (Morris 1983, JASA 78:47; powers of the error: Stephens 2017, Biostatistics 18:275); the posterior
means are θ̂ = (R W Rᵀ + diag(σc)⁻²)⁻¹ R W b with W = diag(τ² s_j^2a + s_j²)⁻¹, and of what is left the share
τ² s_j^2a / (τ² s_j^2a + s_j²). Without motions it is shrinkage alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

#: where a logarithm is taken of what may be 0. Sensitivity: none
_TINY, _SMALL_SHARE = 1e-30, 1e-12
#: from where the search for τ² and σ² starts, as logarithms about the mean square that each would have alone, and
#: how far it may go: beyond, all or nothing is kept. Sensitivity: the likelihood is searched from every start
_STARTS, _BOUND, _WIDE = (-6.0, -2.0, 0.0), (-20.0, 10.0), 14.0
#: of what is left (a + 1,) and of motions, at logarithms of both about where the search starts
Variances = Callable[[np.ndarray], tuple[np.ndarray, float]]


@dataclass(frozen=True)
class Coordinates:
    """Coefficients in the axes of their errors.

    Attributes:
        along: (a,) of b along each axis.
        beyond: squared norm of what no axis spans of b.
        motions: (k, a) of R along each axis.
        products: (k,) what no axis spans of R, times b; gram: (k, k) times R.
        noise: (a + 1,) variances of errors: along each axis, and of one of the measures beyond.
        counts: (a + 1,) how many coefficients stand together: 1 along an axis.
        units: (k,) c, the sizes in which motions are counted.
    """

    along: np.ndarray
    beyond: float
    motions: np.ndarray
    products: np.ndarray
    gram: np.ndarray
    noise: np.ndarray
    counts: np.ndarray
    units: np.ndarray

    def moments(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Return R W Rᵀ (k, k), R W b (k,) and b W b for weights (a + 1,)."""
        inner, beyond = weights[:-1], weights[-1]
        weighted = self.motions * inner
        return (
            weighted @ self.motions.T + beyond * self.gram,
            weighted @ self.along + beyond * self.products,
            float(inner @ np.square(self.along) + beyond * self.beyond),
        )


@dataclass(frozen=True)
class EffectModel:
    """The likeliest variances.

    Attributes:
        keep: (a + 1,) share kept of what motions leave, along each axis and beyond.
        weights: (a + 1,) W.
    """

    keep: np.ndarray
    weights: np.ndarray


def gain(square: np.ndarray, product: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return (k, k) from R W b to the posterior mean θ̂, σ the likeliest given W; 0 where none is likeliest.

    Args:
        square: (k, k) R W Rᵀ, summed over whatever shows motions. product: (k,) R W b likewise. units: (k,) c.
    """

    def cost(log_variance: float) -> float:
        unit = np.exp(log_variance / 2) * units
        inner = np.eye(len(unit)) + unit[:, None] * square * unit
        return float(np.linalg.slogdet(inner)[1] - (unit * product) @ np.linalg.solve(inner, unit * product))

    if not len(units) or not np.any(square):
        return np.zeros_like(square)
    scaled = units[:, None] * square * units
    # from a millionth to a million times what the best known motion's own error is
    middle = -float(np.log(max(np.diag(scaled).max(), _TINY)))
    found = minimize_scalar(cost, bounds=(middle - _WIDE, middle + _WIDE), method="bounded")
    if found.fun >= 0:
        return np.zeros_like(square)
    inverse: np.ndarray = np.linalg.inv(square + np.diag(np.exp(-found.x) / np.square(units)))
    return inverse


def likeliest(at: Coordinates, powers: Sequence[float]) -> EffectModel:
    """Return the likeliest model, a of ``powers``; nothing is kept where the errors alone are likeliest."""
    noise = np.maximum(at.noise, _SMALL_SHARE * at.noise.max())
    log_noise = np.log(noise)
    size = np.square(at.along).sum() + at.beyond
    middle = float(np.log(max(size / at.counts.sum(), _TINY)))
    total = at.moments(1 / noise)[2]
    best = float(at.counts @ log_noise + total)
    found = EffectModel(np.zeros_like(noise), 1 / noise)
    moving = bool(len(at.units))
    spread = _motion_size(at)
    for power in powers:
        # about the middle, so that scales of all powers are alike
        shape = power * (log_noise - np.average(log_noise, weights=at.counts))

        def variances(where: np.ndarray, shape: np.ndarray = shape) -> tuple[np.ndarray, float]:
            scale, motion = np.clip(where, *_BOUND)
            return np.exp(middle + scale + shape), float(np.exp(spread + motion)) if moving else 0.0

        def cost(where: np.ndarray, variances: Variances = variances) -> float:
            prior, motion = variances(where)
            square, right, left = at.moments(1 / (prior + noise))
            value = float(at.counts @ np.log(prior + noise)) + left
            if motion > 0:
                unit = np.sqrt(motion) * at.units
                inner = np.eye(len(unit)) + unit[:, None] * square * unit
                value += float(np.linalg.slogdet(inner)[1] - (unit * right) @ np.linalg.solve(inner, unit * right))
            return value

        starts = [(first, second) for first in _STARTS for second in (_STARTS if moving else (0.0,))]
        start = min(starts, key=lambda each: cost(np.array(each)))
        fitted = minimize(cost, np.array(start), method="Nelder-Mead", options={"xatol": 0.01, "fatol": 0.01})
        if fitted.fun < best:
            best = float(fitted.fun)
            prior, _ = variances(fitted.x)
            found = EffectModel(prior / (prior + noise), 1 / (prior + noise))
    return found


def _motion_size(at: Coordinates) -> float:
    """Return the logarithm of the mean square, in units, that motions alone would have; 0 where there are none."""
    if not len(at.units):
        return 0.0
    square, product, _ = at.moments(np.ones_like(at.noise))
    unit = at.units
    scaled = unit[:, None] * square * unit
    ridge = 1e-3 * np.trace(scaled) / len(unit) * np.eye(len(unit))
    alone = np.linalg.solve(scaled + ridge, unit * product)
    return float(np.log(max(np.square(alone).mean(), _TINY)))
