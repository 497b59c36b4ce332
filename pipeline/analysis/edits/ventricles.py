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
from brainaging.pipeline.analysis.edits.covariates import AGE, AGE_SQUARED, Covariates
from brainaging.pipeline.analysis.edits.deformation import ALIGNED, Deformation
from brainaging.pipeline.analysis.edits.effects import GARROTE, least_squares
from brainaging.pipeline.analysis.fidelity.tissue import tissue_volumes, ventricle_region
from brainaging.transforms import get_grid

log = logging.getLogger(__name__)
#: for which growth is compared
YEARS = 10.0
#: scans whose edits are measured
SHOWN = 24
#: how far, as a Gaussian's SD, what moves ventricles reaches around them
NEAR_MM = 12.0
LEAST, MOST = 0.5, 2.0


def grown_as_measured(
    edit: Deformation, volumes: np.ndarray, velocities: np.ndarray, people: Covariates
) -> Deformation:
    """Return ``edit`` with age's velocities near the ventricles scaled.

    The measure is a regression of the scans' ventricle volumes on the edit's design (Poisson's, with logarithmic
    link: they grow by a share of what they are, and may be empty). Where it knows little of age, as in a cohort of
    young adults, it is believed in part only: by the share 1 − (2 s / β)² of the non-negative garrote.

    Args:
        edit: what was learned.
        volumes: (n, X, Y, Z) scans that it was learned from, on its grid.
        velocities: (n, 3a) of their alignment.
        people: their covariates.
    """
    names, rows = edit.design.columns(), edit.design.matrix(people)
    column = names.index(AGE)
    filled = tissue_volumes(volumes, edit.grid)["ventricles"]
    believed = trust(filled, rows, column)
    if not believed > 0:
        return edit
    fit = PoissonRegressor(alpha=0, max_iter=1000).fit(rows[:, 1:], filled)
    ranks = np.linspace(0, len(people) - 1, min(SHOWN, len(people))).round().astype(int)
    shown = np.argsort(people.age, kind="stable")[ranks]
    before = people[shown]
    after = before.older(YEARS)
    wanted = float((filled[shown] * np.expm1(edit.design.change(before, after)[:, 1:] @ fit.coef_)).sum())
    same = [column, column + 1] if AGE_SQUARED in names else [column]
    looks = edit.looks(before, after)
    near = nearness(edit.alignment)

    def scaled(by: float) -> Deformation:
        moves = edit.velocities.copy()
        moves[same] *= (1 + (by - 1) * np.tile(near, 3)).astype(moves.dtype)
        return replace(edit, velocities=moves)

    @cache
    def excess(by: float) -> float:
        # by the edit that knows where these scans lie
        changes = edit.moved(volumes[shown], velocities[shown], scaled(by).moves(before, after), looks)
        made = volumes[shown] + changes
        return float((tissue_volumes(made, edit.grid)["ventricles"] - filled[shown]).sum()) - wanted

    start = excess(1.0) + wanted
    if min(start, wanted) <= 0:
        return edit
    guess = float(np.clip(wanted / start, LEAST, MOST))
    found = guess
    # where the bound itself does too little, what lies beyond need not be found
    inside = LEAST < guess < MOST or excess(guess) * (start - wanted) < 0
    if abs(guess - 1) > 0.01 and inside:
        # as exact as what is believed of it
        found = float(root_scalar(excess, x0=1.0, x1=guess, xtol=0.01 / believed, maxiter=6).root)
    factor = 1 + believed * (float(np.clip(found, LEAST, MOST)) - 1)
    log.info("ventricles: ten years' growth %.2f of what is measured, moved by %.2f", start / wanted, factor)
    return scaled(factor)


def trust(values: np.ndarray, rows: np.ndarray, column: int) -> float:
    """Return the share, 0 to 1, that is believed of a coefficient of values (n,) on a design (n, q)."""
    coefficients = least_squares(values[:, None], rows)
    residuals = values - rows @ coefficients[:, 0]
    variance = float(residuals @ residuals) / max(len(rows) - rows.shape[1], 1)
    error = variance * np.linalg.inv(rows.T @ rows)[column, column]
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
