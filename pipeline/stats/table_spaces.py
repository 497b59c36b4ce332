"""A table as folds of features: standardised columns, fitted on training rows, one number of scale a fold."""

from collections.abc import Sequence

import numpy as np

from brainaging.pipeline.stats.sample_space import Fold, FoldSpace
from brainaging.transforms.morphometry import NO_COLUMN, HeadSizeMethod, table_pipeline


def table_spaces(
    values: np.ndarray,
    folds: Sequence[Fold],
    *,
    head_size: np.ndarray | None = None,
    method: HeadSizeMethod = "raw",
    exponents: np.ndarray | None = None,
    numbers: Sequence[int] | None = None,
) -> list[FoldSpace]:
    """Return every fold's columns, gaps filled, head size handled and standardised, all on its training rows.

    Unlike the sample space of images, columns stay columns: a coefficient belongs to one of them. Columns that
    are constant or repeated in training are 0, and so is a whole fold in which no column differs. One number
    scales the fold, so that training rows have a mean square norm of 1 and a penalty means what it means for
    voxels and latents.

    Args:
        values: (n, p), NaN where missing.
        folds: pairs of row numbers (train, test).
        head_size: (n,) mL, needed unless ``method`` is "raw"; rows without it are left out of such folds.
        method: "raw", "residualised" or "proportional".
        exponents: (p,) for proportions, 1 for all if None.
        numbers: the folds' numbers; 0, 1, … if left out.
    """
    size = np.full(len(values), np.nan) if head_size is None else np.asarray(head_size, dtype=float)
    spaces = []
    for number, (train_idx, test_idx) in enumerate(folds):
        name = number if numbers is None else numbers[number]
        train, test = np.asarray(train_idx), np.asarray(test_idx)
        if method != "raw":
            train, test = train[np.isfinite(size[train])], test[np.isfinite(size[test])]
        width = values.shape[1]
        nothing = FoldSpace(train, test, np.zeros((len(train), width)), np.zeros((len(test), width)), name)
        if len(train) < 2:
            spaces.append(nothing)
            continue
        sizes = np.where(np.isfinite(size), size, 0.0)[:, None] if method != "raw" else np.zeros((len(values), 1))
        wide = np.concatenate([values.astype(np.float64), sizes], axis=1)
        powers = None if exponents is None else [*exponents, 0.0]
        try:
            steps = table_pipeline(method, -1, powers).fit(wide[train])
        except ValueError as error:
            if NO_COLUMN not in str(error):
                raise
            # two people lie on a line in head size: nothing is left of them
            spaces.append(nothing)
            continue
        kept = steps.named_steps["informative"].get_support()[:-1]
        pair = []
        for rows in (train, test):
            out = np.zeros((len(rows), width))
            if len(rows):
                # in raw folds the head-size column is constant and gone; in the others it stands last
                out[:, kept] = steps.transform(wide[rows])[:, : int(kept.sum())]
            pair.append(out)
        norm = float(np.sqrt((pair[0] ** 2).sum() / len(train))) or 1.0
        spaces.append(FoldSpace(train, test, pair[0] / norm, pair[1] / norm, name))
    return spaces
