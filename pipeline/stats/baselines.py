"""What a score must beat: no features at all, one number, or the same features without head size."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from brainaging.networks.linear.leading_space import MOST_ROWS
from brainaging.pipeline.stats.out_of_fold import Classifier, classes_out_of_fold
from brainaging.pipeline.stats.predictions import Predictions, gather, impossible
from brainaging.pipeline.stats.sample_space import FoldSpace, fold_spaces

# Austin 2011, "Optimal caliper widths for propensity-score matching": 0.2 SD
CALIPER_SD = 0.2


def majority(spaces: Sequence[FoldSpace], labels: np.ndarray) -> Predictions:
    """Predict every test subject as the training fold's commonest class; scores are the class shares."""

    def fit(_: np.ndarray, y: np.ndarray, groups: np.ndarray, count: int) -> Classifier:
        shares = np.bincount(y, minlength=count) / len(y)
        return lambda ahead: (np.full(len(ahead), shares.argmax()), np.tile(shares, (len(ahead), 1)))

    return classes_out_of_fold(fit, spaces, labels, np.arange(len(labels)), fewest=1)


def mean_age(spaces: Sequence[FoldSpace], years: np.ndarray, strata: np.ndarray | None = None) -> Predictions:
    """Predict every test subject's age as the training fold's mean, or its stratum's mean (sex) where given.

    Args:
        spaces: folds.
        years: (n,) ages, NaN where unknown.
        strata: (n,) labels, one mean each; a stratum without a training subject takes the common mean.
    """
    labels = np.zeros(len(years)) if strata is None else strata
    parts = []
    for space in spaces:
        train = space.train_idx[np.isfinite(years[space.train_idx])]
        rows = space.test_idx[np.isfinite(years[space.test_idx])]
        if not len(train) or not len(rows):
            continue
        common = years[train].mean()
        means = {name: years[train][labels[train] == name].mean() for name in np.unique(labels[train])}
        guess = np.array([means.get(name, common) for name in labels[rows]])
        fold, score = np.full(len(rows), space.number), np.empty((len(rows), 0))
        parts.append(Predictions(rows, fold, years[rows], guess, score, (), len(train)))
    return gather(parts) if parts else impossible("no fold has a subject of known age on both sides")


def head_size_space(space: FoldSpace, size: np.ndarray) -> FoldSpace:
    """Return a fold with head size (n,) as its only feature; subjects without it are left out."""
    train, test = (rows[np.isfinite(size[rows])] for rows in (space.train_idx, space.test_idx))
    if not len(train):
        return FoldSpace(train, test, np.zeros((0, 1)), np.zeros((len(test), 1)), space.number)
    return fold_spaces(size[:, None], [(train, test)], table=True, numbers=[space.number])[0]


def sex_spaces(spaces: Sequence[FoldSpace], sex: np.ndarray) -> list[FoldSpace]:
    """Return the folds with sex (n,) as the only feature, one column a code."""
    coded = (sex[:, None] == np.unique(sex)).astype(float)
    pairs = [(space.train_idx, space.test_idx) for space in spaces]
    return fold_spaces(coded, pairs, numbers=[space.number for space in spaces])


def residualise(space: FoldSpace, covariate: np.ndarray) -> FoldSpace:
    """Remove what a line in the covariate explains, the line fitted on the fold's training rows alone.

    Args:
        space: one fold.
        covariate: (n,) one number for every cohort row (head size in mL); rows without it are left out.

    Returns:
        the fold with residual scores, train and test. Because the removal is linear, doing it on the scores equals
        doing it on every voxel. Where head size differs by sex, part of a true sex effect goes with it: the
        matched comparison (:func:`match`) stands beside.
    """
    space = _rows_with(space, covariate)
    train, test = covariate[space.train_idx], covariate[space.test_idx]
    if not len(train) or np.ptp(train) == 0:
        return space
    centre, spread = train.mean(), train.std()
    design = np.column_stack([np.ones(len(train)), (train - centre) / spread])
    lines, *_ = np.linalg.lstsq(design, space.train, rcond=None)
    ahead = np.column_stack([np.ones(len(test)), (test - centre) / spread])
    return replace(space, train=space.train - design @ lines, test=space.test - ahead @ lines)


def match(space: FoldSpace, sex: np.ndarray, head_size: np.ndarray, caliper_sd: float = CALIPER_SD) -> FoldSpace:
    """Keep pairs of one male and one female of the same head size, matched apart in train and in test.

    Args:
        space: one fold.
        sex: (n,) labels, two classes.
        head_size: (n,) mL.
        caliper_sd: largest difference of log head size within a pair, in SDs of the training fold's log head size.

    Returns:
        the fold with the matched rows only. Pairs are the largest set within the caliper, and of those the one
        with the least total difference (optimal assignment, without replacement).
    """
    space = _rows_with(space, np.where(sex == "", np.nan, head_size))
    size = np.log(head_size)
    width = caliper_sd * float(np.std(size[space.train_idx])) if len(space.train_idx) else 0.0
    train = matched_rows(sex[space.train_idx], size[space.train_idx], width)
    test = matched_rows(sex[space.test_idx], size[space.test_idx], width)
    return _of_rows(space, train, test)


def matched_rows(labels: np.ndarray, size: np.ndarray, width: float) -> np.ndarray:
    """Return the sorted rows of the best one-to-one matching of two classes on ``size`` within ``width``.

    Of more than :data:`~brainaging.networks.linear.leading_space.MOST_ROWS` rows without a matrix of every pair.
    """
    classes = np.unique(labels)
    if len(classes) != 2:
        return np.empty(0, dtype=int)
    first, second = (np.flatnonzero(labels == name) for name in classes)
    if len(labels) > MOST_ROWS:
        first, second = (rows[np.argsort(size[rows], kind="stable")] for rows in (first, second))
        left, right = _pairs_in_order(size[first], size[second], width)
        return np.sort(np.concatenate([first[left], second[right]]))
    gap = np.abs(size[first][:, None] - size[second][None, :])
    # a pair outside the caliper costs more than all pairs inside it together: as few of them as can be
    forbidden = gap > width
    left, right = linear_sum_assignment(np.where(forbidden, (width + 1e-9) * (len(labels) + 1), gap))
    good = ~forbidden[left, right]
    return np.sort(np.concatenate([first[left[good]], second[right[good]]]))


def _pairs_in_order(first: np.ndarray, second: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of the most pairs within ``width``, of those with the least total difference.

    Of sorted numbers, (n,) and (m,). Two pairs that cross are no nearer than the same four uncrossed, so that a
    best matching keeps the order and is found by dynamic programming (as an alignment of sequences; Needleman and
    Wunsch 1970). Every √n-th row of its table is kept, and those between are made again on the way back.
    """
    pair = (width + 1e-9) * (len(first) + len(second) + 1)

    def after(best: np.ndarray, row: int) -> np.ndarray:
        gap = np.abs(second - first[row])
        with_it = best.copy()
        reached = np.flatnonzero(gap <= width)
        with_it[reached + 1] = np.maximum(with_it[reached + 1], best[reached] + pair - gap[reached])
        return np.maximum.accumulate(with_it)

    step = max(1, int(np.sqrt(len(first))))
    best, kept = np.zeros(len(second) + 1), []
    for row in range(len(first)):
        if row % step == 0:
            kept.append(best)
        best = after(best, row)
    left, right, column = [], [], len(second)
    for number in reversed(range(len(kept))):
        start, stop = number * step, min((number + 1) * step, len(first))
        table = [kept[number]]
        for row in range(start, stop):
            table.append(after(table[-1], row))
        for row in reversed(range(start, stop)):
            here, above = table[row - start + 1], table[row - start]
            # the first column that is as good: beyond it nobody is matched
            column = int(np.searchsorted(here[: column + 1], here[column]))
            if column and here[column] > above[column]:
                column -= 1
                left.append(row)
                right.append(column)
    return np.array(left, dtype=int), np.array(right, dtype=int)


def _rows_with(space: FoldSpace, covariate: np.ndarray) -> FoldSpace:
    train, test = np.isfinite(covariate[space.train_idx]), np.isfinite(covariate[space.test_idx])
    return _of_rows(space, train, test)


def _of_rows(space: FoldSpace, train: np.ndarray, test: np.ndarray) -> FoldSpace:
    return replace(
        space,
        train_idx=space.train_idx[train],
        test_idx=space.test_idx[test],
        train=space.train[train],
        test=space.test[test],
    )
