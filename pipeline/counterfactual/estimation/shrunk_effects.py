"""Effects of covariates on many measures at once: known changes and, shrunk, what they leave (empirical Bayes).

Kin are alike in more than their covariates, and their differences tell more of these than strangers' do: fits are
generalised least squares (:mod:`.family_correlation`). What of them is chance is told by :mod:`.effect_model`, in
the principal axes of the residuals: a direction that people differ much along is one along which a regression errs
much. Left-right symmetric and antisymmetric parts are modelled each by itself: effects on brains are mostly alike
on both sides, and where they are, the antisymmetric part is chance alone. Known changes of tissue are symmetric,
and whatever is measured, velocities and intensities, tells of their amplitudes together.

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

from brainaging.networks import principal_components
from brainaging.pipeline.counterfactual.estimation.effect_model import Coordinates, gain, likeliest
from brainaging.pipeline.counterfactual.estimation.family_correlation import less_shared
from brainaging.pipeline.counterfactual.estimation.fits import family_errors, least_squares, shared_by_kin

Mirror = Callable[[np.ndarray], np.ndarray]
#: standard errors from which on a loss to shrinking is no chance: about the two-sided 5 % of a normal
#: distribution. Sensitivity: not measured
GARROTE = 2.0
#: where a number is divided by: nothing but 0 is smaller. Sensitivity: none
_TINY = 1e-30


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


@dataclass(frozen=True)
class Measures:
    """Measures of the same people of one kind.

    Attributes:
        values: (n, p), float32.
        mirror: gives the measures (…, p) of mirrored brains.
        responses: (k, p) what a unit of each known change does to them, left and right alike.
    """

    values: np.ndarray
    mirror: Mirror
    responses: np.ndarray


@dataclass(frozen=True)
class Known:
    """Changes that are known but for their amplitudes.

    Attributes:
        units: (k,) sizes in which they are counted: effects are expected in this proportion.
        columns: of the design, which may change so.
    """

    units: np.ndarray
    columns: tuple[int, ...]


#: no such change
NOTHING = Known(np.zeros(0), ())


@dataclass(frozen=True)
class Shrinkage:
    """How much to keep of a coefficient, in the residuals' principal axes.

    Attributes:
        axes: (a, p) orthonormal.
        keep: (q, a) share kept along each axis, by column of the design.
        keep_rest: (q,) share kept of what no axis spans.
        restore: (q, p) share given back of what shrinking took from a measure.
        pull: (q, k, p) R W, what coefficients say of known changes; square: (q, k, k) R W Rᵀ.
    """

    axes: np.ndarray
    keep: np.ndarray
    keep_rest: np.ndarray
    restore: np.ndarray
    pull: np.ndarray
    square: np.ndarray

    def __call__(self, coefficients: np.ndarray) -> np.ndarray:
        """Return coefficients (q, p), shrunk."""
        along = coefficients @ self.axes.T
        rest = self.keep_rest[:, None]
        shrunk = rest * coefficients + ((self.keep - rest) * along) @ self.axes
        restored: np.ndarray = shrunk + self.restore * (coefficients - shrunk)
        return restored.astype(coefficients.dtype)

    def products(self, coefficients: np.ndarray) -> np.ndarray:
        """Return R W b (q, k) of coefficients (q, p)."""
        products: np.ndarray = np.einsum("qkp,qp->qk", self.pull, coefficients)
        return products


def shrinkages(
    values: np.ndarray,
    design: np.ndarray,
    groups: np.ndarray,
    priors: Sequence[Prior] = PRIORS,
    responses: np.ndarray | None = None,
    known: Known = NOTHING,
) -> list[Shrinkage]:
    """Return, by prior, how to shrink the coefficients of values (n, p) on a design (n, q).

    The design's first column is the constant, which is left alone; ``groups`` (n,) are families; ``responses``
    (k, p) are those of what is ``known``.
    """
    moved = np.zeros((0, values.shape[1])) if responses is None else responses
    coefficients = least_squares(values, design)
    residuals = values - (design @ coefficients).astype(values.dtype)
    free = len(values) - design.shape[1]
    most = min(max(prior.axes for prior in priors), max(free // 2, 1), values.shape[1])
    axes = principal_components(torch.from_numpy(residuals), most).components.numpy()
    noise = np.zeros((len(coefficients), len(axes)))
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
        pull = np.zeros((len(coefficients), *moved.shape), dtype=np.float32)
        square = np.zeros((len(coefficients), len(moved), len(moved)))
        for column in range(1, len(coefficients)):
            may = moved if column in known.columns else moved[:0]
            around = float(np.square(error[column], dtype=float).sum()) - noise[column, :count].sum()
            variances = np.append(noise[column, :count], max(around, 0.0) / rest)
            kept, weights, at, beyond = _model(
                coefficients[column], axes[:count], variances, rest, prior, may, known.units[: len(may)]
            )
            keep[column], keep_rest[column] = kept[:-1], kept[-1]
            if len(may):
                square[column] = at.moments(weights)[0]
                pull[column] = (at.motions * weights[:-1]) @ axes[:count] + weights[-1] * beyond
        shrinkage = Shrinkage(axes[:count], keep, keep_rest, np.zeros_like(coefficients), pull, square)
        if prior.restored:
            lost = coefficients - shrinkage(coefficients)
            share = 1 - np.square(GARROTE * error) / np.maximum(np.square(lost), _TINY)
            shrinkage = replace(shrinkage, restore=np.maximum(share, 0.0).astype(coefficients.dtype))
        by_prior.append(shrinkage)
    return by_prior


def _model(
    effect: np.ndarray,
    axes: np.ndarray,
    noise: np.ndarray,
    rest: int,
    prior: Prior,
    responses: np.ndarray,
    units: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, Coordinates, np.ndarray]:
    """Return shares to keep and weights (a + 1,), the effect (p,) in its coordinates, and what no axis (a, p)
    spans of the responses (k, p).
    """
    along, moved = axes @ effect.astype(float), responses @ axes.T
    beyond = responses - moved @ axes
    at = Coordinates(
        along,
        max(float(np.square(effect, dtype=float).sum() - np.square(along).sum()), 0.0),
        moved,
        beyond @ effect,
        beyond @ beyond.T,
        noise,
        np.append(np.ones(len(axes)), float(rest)),
        units,
    )
    model = likeliest(at, prior.powers)
    return model.keep, model.weights, at, beyond


@dataclass(frozen=True)
class _Fitted:
    """One kind of measure, modelled: its shrinkages by prior, families and their correlation."""

    measures: Measures
    even: Sequence[Shrinkage]
    odd: Sequence[Shrinkage]
    groups: np.ndarray
    correlation: float

    def coefficients(
        self, values: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients (q, p), symmetric and antisymmetric."""
        values, design = (less_shared(part, self.groups, self.correlation) for part in (values, design))
        raw = least_squares(values, design, weights)
        mirrored = self.measures.mirror(raw)
        return (raw + mirrored) / 2, (raw - mirrored) / 2


@dataclass(frozen=True)
class Effects:
    """Coefficients of measures of several kinds on a design, modelled, with what is needed to fit them again.

    Attributes:
        coefficients: (q, p) by kind, beside known changes; the first row is the constant.
        amplitudes: (q, k) of known changes.
    """

    coefficients: Sequence[np.ndarray]
    amplitudes: np.ndarray
    _fitted: Sequence[_Fitted]
    _gains: Sequence[np.ndarray]
    _design: np.ndarray

    @classmethod
    def fit(
        cls,
        kinds: Sequence[Measures],
        design: np.ndarray,
        groups: np.ndarray,
        known: Known = NOTHING,
        priors: Sequence[Prior] = PRIORS,
    ) -> "Effects":
        """Fit measures of people of families ``groups`` (n,) on a design (n, q) whose first column is the
        constant.
        """
        fitted = [_fitted(measures, design, groups, known, priors) for measures in kinds]
        even = [each.coefficients(each.measures.values, design)[0] for each in fitted]
        gains = []
        for prior in range(len(priors)):
            models = [each.even[prior] for each in fitted]
            square = np.sum([model.square for model in models], axis=0)
            product = np.sum([model.products(raw) for model, raw in zip(models, even, strict=True)], axis=0)
            gains.append(np.stack([gain(*each, known.units) for each in zip(square, product, strict=True)]))
        return cls(*_modelled(fitted, gains, design, None), fitted, gains, design)

    def refit(self, weights: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Return coefficients, (q, p) by kind, and amplitudes (q, k) with people weighted by ``weights`` (n,), as
        a bootstrap draws whole families.

        Modelled as before: what a model's variances owe to chance is not in the draws.
        """
        return _modelled(self._fitted, self._gains, self._design, weights)


def _fitted(
    measures: Measures, design: np.ndarray, groups: np.ndarray, known: Known, priors: Sequence[Prior]
) -> _Fitted:
    correlation = shared_by_kin(measures.values, design, groups)
    values, rows = (less_shared(part, groups, correlation) for part in (measures.values, design))
    mirrored = measures.mirror(values)
    even = shrinkages((values + mirrored) / 2, rows, groups, priors, measures.responses, known)
    odd = shrinkages((values - mirrored) / 2, rows, groups, priors)
    return _Fitted(measures, even, odd, groups, correlation)


def _modelled(
    fitted: Sequence[_Fitted], gains: Sequence[np.ndarray], design: np.ndarray, weights: np.ndarray | None
) -> tuple[list[np.ndarray], np.ndarray]:
    raw = [each.coefficients(each.measures.values, design, weights) for each in fitted]
    parts: list[list[np.ndarray]] = [[] for _ in fitted]
    amplitudes = []
    for prior, by_column in enumerate(gains):
        products = sum(each.even[prior].products(even) for each, (even, _) in zip(fitted, raw, strict=True))
        amplitudes.append(np.einsum("qij,qj->qi", by_column, products))
        for each, (even, odd), part in zip(fitted, raw, parts, strict=True):
            left = even - (amplitudes[-1] @ each.measures.responses).astype(even.dtype)
            part.append(each.even[prior](left) + each.odd[prior](odd))
    return [np.mean(part, axis=0, dtype=part[0].dtype) for part in parts], np.mean(amplitudes, axis=0)
