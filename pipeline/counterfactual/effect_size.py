"""Give back what shrinking took: an effect's size as people show it who had no part in its fit."""

from dataclasses import replace
from functools import partial

import numpy as np

from brainaging.pipeline.counterfactual.cohort_alignment import (
    AlignedCohort,
    aligned_grid,
    mirror_images,
    mirror_velocities,
    thinned,
)
from brainaging.pipeline.counterfactual.covariates import AGE, AGE_SQUARED, Covariates
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.shrunk_effects import Effects, least_squares
from brainaging.pipeline.data import grouped_folds
from brainaging.pipeline.runtime import counted

#: folds in which effects are fitted without the people that they are shown on. Sensitivity: not measured; five is
#: the convention (Breiman and Spector 1992, Int Stat Rev 60:291)
FOLDS = 5
#: scans of a fold on which an effect's map is averaged: what is peculiar to them does not count, see
#: :func:`enlargement`. Sensitivity: not measured
SHOWN = 8
#: shrinking only ever takes away, and an effect that it halved is mostly chance. Sensitivity: a bound, reached
#: where a cohort says next to nothing of an effect
MOST = 2.0


def calibrated(
    fitted: Deformation,
    aligned: AlignedCohort,
    volumes: np.ndarray,
    people: Covariates,
    groups: np.ndarray,
    seed: int = 0,
) -> Deformation:
    """Return ``fitted`` with every effect scaled by what held-out people say of its size.

    In each of five grouped folds, effects are fitted to the other people, shrinkage included, and moved onto scans
    of the fold; beside their mean map stands the fold's own regression map, which is noisy and not biased. The
    effect is enlarged until the first are as large as the second in what folds have in common: see
    :func:`enlargement`. The template alone is common to all folds.

    Args:
        fitted: the edit.
        aligned: the training cohort.
        volumes: (n, X, Y, Z) its scans on the edit's grid.
        people: its covariates.
        groups: (n,) families.
        seed: of the folds.
    """
    scans = thinned(volumes, fitted.grid).numpy()
    small = replace(fitted, grid=aligned_grid(fitted.grid))
    rows, names = fitted.design.matrix(people), fitted.design.columns()
    targets = [column for column, name in enumerate(names) if column and name != AGE_SQUARED]
    maps: dict[int, list[np.ndarray]] = {column: [] for column in targets}
    folds = grouped_folds(groups, n_splits=min(FOLDS, len(np.unique(groups))), seed=seed)
    for train, test in counted(folds, "sizing effects on held-out people, folds"):
        if min(len(train), len(test)) <= 2 * len(names):
            continue
        motion, contrast = effects(aligned, rows, groups, train)
        own = least_squares(scans[test].reshape(len(test), -1), rows[test])
        shown = test[:: max(1, len(test) // SHOWN)][:SHOWN]
        units = {column: rows[:, column].std() for column in targets}
        means = {column: np.zeros(scans[0].size) for column in targets}
        for row in shown:
            velocity = aligned.velocities[row]
            for column, unit in units.items():
                warp = small.warp_change(scans[row], velocity, unit * motion.coefficients[column])[0]
                shade = small.contrast_change(unit * contrast.coefficients[column], velocity)
                means[column] += (warp + shade).ravel() / len(shown)
        for column, unit in units.items():
            maps[column].append(np.stack([means[column], unit * own[column]]))
    velocities, intensities = fitted.velocities.copy(), fitted.contrast.copy()
    for column, by_fold in maps.items():
        # the bend of age is scaled with age
        same = [column, column + 1] if AGE_SQUARED in names and names[column] == AGE else [column]
        scale = enlargement(*np.array(by_fold).transpose(1, 0, 2)) if by_fold else 1.0
        velocities[same] *= scale
        intensities[same] *= scale
    return replace(fitted, velocities=velocities, contrast=intensities)


def effects(
    aligned: AlignedCohort, rows: np.ndarray, groups: np.ndarray, people: np.ndarray
) -> tuple[Effects, Effects]:
    """Return the effects on velocities and on warped intensities, fitted to ``people`` (positions) alone.

    Args:
        aligned: the training cohort.
        rows: (n, q) its design.
        groups: (n,) its families.
        people: (m,) whom to fit to.
    """
    design, families = rows[people], groups[people]
    mirror = partial(mirror_velocities, aligned.alignment)
    motion = Effects.fit(aligned.velocities[people], design, families, mirror)
    warped = aligned.warped[people].reshape(len(people), -1)
    return motion, Effects.fit(warped, design, families, mirror_images)


def enlargement(fitted: np.ndarray, own: np.ndarray) -> float:
    """Return the factor, 1 to 2, by which an effect's maps (k, v) fall short of the folds' ``own`` (k, v).

    Compared is what any two folds have in common: the folds' own maps hold noise, the fitted ones what is peculiar
    to the few people on whom they are shown. Motion and contrast have one factor: they are alike where edges move,
    and factors of their own make the one pay for the other. 1 where the maps say nothing.
    """
    if len(own) < 2:
        return 1.0
    predicted, observed = common_square(fitted), common_square(own)
    if min(predicted, observed) <= 0:
        return 1.0
    return float(np.clip(np.sqrt(observed / predicted), 1.0, MOST))


def common_square(maps: np.ndarray) -> float:
    """Return the squared norm of what maps (k, v), k > 1, have in common: the mean product of two of them.

    What is peculiar to one map, noise above all, is not like that of another, so that the products lack it.
    """
    total = maps.sum(axis=0)
    return float(total @ total - np.square(maps).sum()) / (len(maps) * (len(maps) - 1))
