"""Linear probes of classes: what a linear model can read from features, judged on folds that it never saw.

L2 logistic regression (multinomial where there are more than two classes) on a fold's sample space. The penalty is
chosen inside each training fold by grouped inner folds.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from brainaging.pipeline.stats.predictions import Predictions, gather, impossible
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace

# inverse penalty C of scikit-learn; training scores have a mean square norm of 1, so C = 0.01 leaves little but
# the class shares (right for a weak signal, such as age in young adults) and C = 1000 hardly shrinks
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
# used where a training fold is too small to choose
DEFAULT_PENALTY = 1.0
INNER_FOLDS = 3


def classify(
    spaces: Sequence[FoldSpace],
    labels: np.ndarray,
    groups: np.ndarray,
    seed: int,
    penalties: Sequence[float] = PENALTIES,
) -> Predictions:
    """Predict classes out of fold by logistic regression.

    Args:
        spaces: sample space of every fold.
        labels: (n,) class name of every cohort row, "" where unknown (the row is left out).
        groups: (n,) group of every row; inner folds keep groups together.
        seed: of the inner folds.
        penalties: the values of C to choose from by the inner folds' log loss.

    Returns:
        predictions; empty with a reason where no fold can be fitted (one class only, no test rows).
    """
    classes, codes = class_codes(labels)
    if len(classes) < 2:
        return impossible(f"two classes needed, found {classes[0] + ' only' if classes else 'none'}", classes)
    parts, skipped = [], 0
    for space in spaces:
        train, test = codes[space.train_idx] >= 0, codes[space.test_idx] >= 0
        y = codes[space.train_idx[train]]
        if len(np.unique(y)) < 2 or not test.any():
            skipped += 1
            continue
        x = space.train[train]
        penalty = choose_penalty(x, y, groups[space.train_idx[train]], seed, penalties)
        model = logistic(penalty).fit(x, y)
        score = np.zeros((int(test.sum()), len(classes)))
        score[:, model.classes_] = model.predict_proba(space.test[test])
        rows = space.test_idx[test]
        fold = np.full(len(rows), space.number)
        parts.append(Predictions(rows, fold, codes[rows], score.argmax(axis=1), score, classes, len(y)))
    if not parts:
        return impossible("no training fold holds two classes beside a test subject", classes)
    note = f"{skipped} of {len(spaces)} folds left out: one class in training, or no test subject"
    return replace(gather(parts), note=note if skipped else "")


def class_codes(labels: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the sorted class names and each row's class number, −1 where the label is ""."""
    names, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    if len(names) and names[0] == "":
        return tuple(map(str, names[1:])), codes - 1
    return tuple(map(str, names)), codes


def logistic(penalty: float) -> LogisticRegression:
    """Return the probe's model: L2 logistic regression with an unpenalised intercept and inverse penalty C."""
    return LogisticRegression(C=penalty, max_iter=3000)


def choose_penalty(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int, penalties: Sequence[float] = PENALTIES
) -> float:
    """Return the C with the least log loss over grouped inner folds of a training fold; the smaller of equals.

    Scores (n, r), class numbers (n,), groups (n,). A fold with fewer than two groups for every inner fold is too
    small to choose: then :data:`DEFAULT_PENALTY` if it is on offer, else the middle of the offer.
    """
    penalties = sorted(penalties)
    if len(penalties) == 1:
        return penalties[0]
    losses = np.zeros(len(penalties))
    for fit, judge in inner_folds(y, groups, seed):
        present = np.unique(y[fit])
        judge = judge[np.isin(y[judge], present)]
        if len(present) < 2 or not len(judge):
            continue
        for position, penalty in enumerate(penalties):
            shares = logistic(penalty).fit(x[fit], y[fit]).predict_proba(x[judge])
            losses[position] += _log_loss(shares[np.arange(len(judge)), np.searchsorted(present, y[judge])])
    if not losses.any():
        return DEFAULT_PENALTY if DEFAULT_PENALTY in penalties else penalties[len(penalties) // 2]
    return penalties[int(losses.argmin())]


def _log_loss(shares: np.ndarray) -> float:
    """Return the summed log loss of the probabilities (m,) that people's own classes were given.

    As scikit-learn's, which takes ten times as long to check what it is given, thousands of times in a study.
    """
    eps = np.finfo(shares.dtype).eps
    return float(-np.log(np.clip(shares, eps, 1 - eps)).sum())


def inner_folds(y: np.ndarray, groups: np.ndarray, seed: int) -> list[Fold]:
    """Return the grouped folds inside a training fold, stratified by class; none where it has under 6 groups."""
    if len(np.unique(groups)) < 2 * INNER_FOLDS:
        return []
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if counts.max() < INNER_FOLDS:
        return []
    # a class too rare for every inner fold ("36+" in HCP) cannot be stratified: it rides with the commonest
    strata = np.where(counts[codes] < INNER_FOLDS, counts.argmax(), codes)
    splitter = StratifiedGroupKFold(INNER_FOLDS, shuffle=True, random_state=seed)
    return [(fit, judge) for fit, judge in splitter.split(strata, strata, groups) if len(fit) and len(judge)]
