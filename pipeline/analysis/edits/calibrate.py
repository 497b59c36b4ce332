"""Give back what shrinking took: an effect's size as people show it who had no part in its fit."""

from dataclasses import replace

import numpy as np

from brainaging.pipeline.analysis.edits.covariates import AGE, Covariates
from brainaging.pipeline.analysis.edits.deformation import Aligned, Deformation, aligned_grid, thinned
from brainaging.pipeline.analysis.edits.effects import Effects, least_squares
from brainaging.pipeline.data import grouped_folds

FOLDS = 5
#: scans of a fold on which an effect's map is averaged
SHOWN = 8
#: shrinking only ever takes away; beyond this it was chance
MOST = 2.0


def calibrated(
    fitted: Deformation,
    motion: Effects,
    looks: Effects,
    aligned: Aligned,
    volumes: np.ndarray,
    people: Covariates,
    groups: np.ndarray,
    seed: int = 0,
) -> Deformation:
    """Return ``fitted`` with every effect scaled by what held-out people say of its size.

    In each of five grouped folds, effects of the other people are shrunk and moved onto scans of the fold; the
    mean
    maps of motion and of contrast are fitted to the fold's own regression map, which is noisy and not biased.

    Args:
        fitted: the edit.
        motion, looks: its effects on velocities and on aligned intensities.
        aligned: the training cohort.
        volumes: (n, X, Y, Z) its scans on the edit's grid.
        people: its covariates.
        groups: (n,) families.
        seed: of the folds.
    """
    coarse = aligned_grid(fitted.grid)
    scans = thinned(volumes, fitted.grid).numpy()
    small = replace(fitted, grid=coarse)
    rows = fitted.design.matrix(people)
    names = fitted.design.columns()
    targets = [column for column, name in enumerate(names) if column and not name.endswith("squared")]
    cross = {column: (np.zeros((2, 2)), np.zeros(2)) for column in targets}
    folds = min(FOLDS, len(np.unique(groups)))
    for train, test in grouped_folds(groups, n_splits=folds, seed=seed):
        weights = np.zeros(len(rows))
        weights[train] = 1.0
        if len(test) <= 2 * len(names):
            continue
        moves = motion.again(aligned.velocities, rows, weights)
        bright = looks.again(aligned.looks.reshape(len(rows), -1), rows, weights)
        own = least_squares(scans[test].reshape(len(test), -1), rows[test])
        shown = test[:: max(1, len(test) // SHOWN)][:SHOWN]
        for column in targets:
            unit = rows[:, column].std()
            maps = [
                (
                    small.edit(scans[row], aligned.velocities[row], unit * moves[column])[0],
                    small.brighten(unit * bright[column], aligned.velocities[row]),
                )
                for row in shown
            ]
            both = np.mean(maps, axis=0).reshape(2, -1)
            square, right = cross[column]
            square += both @ both.T
            right += unit * (both @ own[column])
    velocities, contrast = fitted.velocities.copy(), fitted.contrast.copy()
    for column, (square, right) in cross.items():
        motion_scale, contrast_scale = _scales(square, right)
        same = [number for number, name in enumerate(names) if name.startswith(names[column])]
        same = same if names[column] == AGE else [column]
        velocities[same] *= motion_scale
        contrast[same] *= contrast_scale
    return replace(fitted, velocities=velocities, contrast=contrast)


def _scales(square: np.ndarray, right: np.ndarray) -> np.ndarray:
    if not square[0, 0] > 0 or np.linalg.matrix_rank(square) < 2:
        return np.ones(2)
    return np.clip(np.linalg.solve(square, right), 1.0, MOST)
