"""Ventricles grow in an edit as fast as they are measured to grow in the cohort that it was learned from.

One scale for a whole effect balances what smooth fields cannot follow, as cortex between its folds, against what
they follow well, as ventricles: where the whole map has the right size, ventricles grow too much. Their growth is
the one number of an ageing brain that is measured well on its own, and so what moves them is scaled by itself.
"""

import logging
from dataclasses import replace
from functools import cache

import numpy as np
from scipy.ndimage import distance_transform_edt, map_coordinates
from scipy.optimize import root_scalar
from sklearn.linear_model import PoissonRegressor

from brainaging.networks import Alignment
from brainaging.pipeline.counterfactual.cohort_alignment import ALIGNED
from brainaging.pipeline.counterfactual.covariates import AGE, AGE_SQUARED, Covariates
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.shrunk_effects import GARROTE, family_errors, least_squares
from brainaging.pipeline.measures.tissue import tissue_volumes, ventricle_region
from brainaging.transforms import get_grid

log = logging.getLogger(__name__)
#: for which growth is compared. Sensitivity: not measured; growth by a share is nearly linear in ten years
YEARS = 10.0
#: scans whose edits are measured: growth varies from scan to scan, and its sum over few is off. Sensitivity: not
#: measured; the standard error of a mean over 64 is an eighth of the spread over people
SHOWN = 64
#: how far, as a Gaussian's standard deviation, what moves ventricles reaches around them: the default distance of
#: the knots, below which no field changes. Sensitivity: not measured
NEAR_MM = 12.0
#: bounds of a correction: what is off by more than twice was not measured but chance. Sensitivity: bounds only
LEAST, MOST = 0.5, 2.0
#: corrections below which nothing is searched for, and the search's exactness: ventricles' growth is known to
#: several per cent. Sensitivity: none above one per cent of growth
_EXACT = 0.01


def grown_as_measured(
    edit: Deformation, volumes: np.ndarray, velocities: np.ndarray, people: Covariates, groups: np.ndarray
) -> Deformation:
    """Return ``edit`` with age's velocities near the ventricles scaled.

    The measure is :func:`rates`. Where it knows little of age, as in a cohort of young adults, it is trusted in
    part only: see :func:`trust`.

    Args:
        edit: what was learned.
        volumes: (n, X, Y, Z) scans that it was learned from, on its grid.
        velocities: (n, 3a) of their alignment.
        people: their covariates.
        groups: (n,) families.
    """
    names, rows = edit.design.columns(), edit.design.matrix(people)
    column = names.index(AGE)
    filled = tissue_volumes(volumes, edit.grid)["ventricles"]
    trusted = trust(filled, rows, column, groups)
    if not trusted > 0:
        return edit
    log.info("fitting how ventricles grow")
    growth_rates = rates(filled, rows, column + 1 if AGE_SQUARED in names else None, groups)
    ranks = np.linspace(0, len(people) - 1, min(SHOWN, len(people))).round().astype(int)
    shown = np.argsort(people.age, kind="stable")[ranks]
    before = people[shown]
    after = before.older(YEARS)
    growth = np.expm1(edit.design.covariate_step(before, after)[:, 1:] @ growth_rates)
    target = float((filled[shown] * growth).sum())
    same = [column, column + 1] if AGE_SQUARED in names else [column]
    contrast_steps = edit.contrast_step(before, after)
    near = nearness(edit.alignment)

    def scaled(by: float) -> Deformation:
        effects = edit.velocities.copy()
        effects[same] *= (1 + (by - 1) * np.tile(near, 3)).astype(effects.dtype)
        return replace(edit, velocities=effects)

    @cache
    def excess(by: float) -> float:
        # by the edit that knows where these scans lie
        steps = scaled(by).velocity_step(before, after)
        edited = volumes[shown] + edit.change_by(volumes[shown], velocities[shown], steps, contrast_steps)
        return float((tissue_volumes(edited, edit.grid)["ventricles"] - filled[shown]).sum()) - target

    start = excess(1.0) + target
    if min(start, target) <= 0:
        return edit
    guess = float(np.clip(target / start, LEAST, MOST))
    root = guess
    # where the bound itself does too little, what lies beyond need not be searched
    inside = LEAST < guess < MOST or excess(guess) * (start - target) < 0
    if abs(guess - 1) > _EXACT and inside:
        # as exact as what is trusted of it
        root = float(root_scalar(excess, x0=1.0, x1=guess, xtol=_EXACT / trusted, maxiter=6).root)
    factor = 1 + trusted * (float(np.clip(root, LEAST, MOST)) - 1)
    log.info("ventricles: ten years' growth %.2f of what is measured, moved by %.2f", start / target, factor)
    return scaled(factor)


def rates(filled: np.ndarray, rows: np.ndarray, bend: int | None, groups: np.ndarray) -> np.ndarray:
    """Return (q − 1,) what ventricles grow by, log volume per unit of a design's columns but the constant.

    Poisson's regression with logarithmic link: ventricles grow by a share of what they are, and may be empty. How
    fast growth itself speeds up with age is known worst, and what it adds is most at the ends: it is trusted by
    the share of :func:`trust`, and the rest is straight.

    Args:
        filled: (n,) volumes.
        rows: (n, q) design.
        bend: its column of age squared, if there is one.
        groups: (n,) families.
    """
    columns = np.array([column for column in range(1, rows.shape[1]) if column != bend])
    fit = PoissonRegressor(alpha=0, max_iter=1000).fit(rows[:, columns], filled)
    straight = np.zeros(rows.shape[1])
    straight[columns] = fit.coef_
    if bend is None:
        return straight[1:]
    # weighted residuals of the straight fit: a step of scoring for the column that it lacks
    mean = fit.predict(rows[:, columns])
    share = trust((filled - mean) / np.sqrt(mean), rows * np.sqrt(mean)[:, None], bend, groups)
    bent = PoissonRegressor(alpha=0, max_iter=1000).fit(rows[:, 1:], filled).coef_
    growth_rates: np.ndarray = straight[1:] + share * (bent - straight[1:])
    return growth_rates


def trust(values: np.ndarray, rows: np.ndarray, column: int, groups: np.ndarray) -> float:
    """Return the share that is trusted of a coefficient β of values (n,) on a design (n, q).

    With a standard error s over families ``groups`` (n,), 1 − (2 s / β)², or 0: the non-negative garrote.
    """
    coefficients = least_squares(values[:, None], rows)
    residuals = values[:, None] - rows @ coefficients
    error = float(np.square(family_errors(residuals, rows, column, groups)).sum())
    square = float(coefficients[column, 0]) ** 2
    return max(0.0, 1 - GARROTE**2 * error / square) if square > 0 else 0.0


def nearness(alignment: Alignment) -> np.ndarray:
    """Return the knots' (a,) nearness to where ventricles may lie: 1 there, falling with the distance."""
    coarse, lattice = get_grid(ALIGNED), alignment.lattice
    away = distance_transform_edt(~ventricle_region(coarse)) * coarse.spacing
    # the second knot lies on the edge of the field of view, half a voxel before the first voxel's centre
    along = (np.arange(lattice.knots) - 1.0) * lattice.knots_mm / coarse.spacing - 0.5
    places = np.stack(np.meshgrid(along, along, along, indexing="ij"))
    distance = map_coordinates(away, places, order=1, mode="nearest").ravel()[alignment.active.numpy()]
    near: np.ndarray = np.exp(-np.square(distance) / (2 * NEAR_MM**2))
    return near
