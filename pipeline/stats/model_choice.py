"""What is chosen inside a training fold: a penalty, a kernel, by the loss over grouped inner folds."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from brainaging.pipeline.stats.sample_space import Fold

#: Sensitivity: three folds leave two thirds to fit on; penalties are ten times apart, so that more folds seldom
#: choose another
INNER_FOLDS = 3

Candidate = TypeVar("Candidate")


def inner_folds(y: np.ndarray, groups: np.ndarray, seed: int) -> list[Fold]:
    """Return the grouped folds inside a training fold, stratified by class; none where it has under 6 groups.

    Args:
        y: (n,) classes to stratify by.
        groups: (n,) groups that stay together.
        seed: of the shuffle.
    """
    if len(np.unique(groups)) < 2 * INNER_FOLDS:
        return []
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if counts.max() < INNER_FOLDS:
        return []
    # a class too rare for every inner fold ("36+" in HCP) cannot be stratified: it rides with the commonest
    strata = np.where(counts[codes] < INNER_FOLDS, counts.argmax(), codes)
    splitter = StratifiedGroupKFold(INNER_FOLDS, shuffle=True, random_state=seed)
    return [(fit, test) for fit, test in splitter.split(strata, strata, groups) if len(fit) and len(test)]


def age_folds(years: np.ndarray, groups: np.ndarray, seed: int) -> list[Fold]:
    """Return :func:`inner_folds` of ages (n,), stratified by thirds of age."""
    return inner_folds(np.searchsorted(np.quantile(years, [1 / 3, 2 / 3]), years), groups, seed)


def choose(
    candidates: Sequence[Candidate],
    folds: Sequence[Fold],
    loss: Callable[[Candidate, np.ndarray, np.ndarray], float],
    default: Candidate,
) -> Candidate:
    """Return the candidate with the least loss summed over folds; the first of equals, ``default`` of no folds.

    Args:
        candidates: what there is to choose from.
        folds: pairs of rows (fitted, tested).
        loss: takes a candidate and a fold's rows; returns the tested rows' summed loss.
        default: where a training fold is too small to choose.
    """
    if not folds:
        return default
    losses = [sum(loss(candidate, fit, test) for fit, test in folds) for candidate in candidates]
    return candidates[int(np.argmin(losses))]


def inner_predictions(
    fit_predict: Callable[[np.ndarray, np.ndarray], np.ndarray], folds: Sequence[Fold], count: int
) -> np.ndarray:
    """Return (count,) predictions of every row that an inner fold tests, NaN of others.

    ``fit_predict`` takes a fold's rows (fitted, tested) and returns the tested rows' predictions.
    """
    predicted = np.full(count, np.nan)
    for fit, test in folds:
        predicted[test] = fit_predict(fit, test)
    return predicted
