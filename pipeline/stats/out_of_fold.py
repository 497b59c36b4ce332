"""Classes predicted out of fold by any model: one loop over folds for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from brainaging.pipeline.stats.predictions import Predictions, gather, impossible
from brainaging.pipeline.stats.sample_space import FoldSpace

#: what returns the guessed class numbers (m,) and the scores (m, K) of rows (m, r)
Classifier = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
#: what fits one: from training rows (n, r), class numbers (n,), groups (n,) and the number of classes K
FitClassifier = Callable[[np.ndarray, np.ndarray, np.ndarray, int], Classifier]


def class_codes(labels: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the sorted class names and each row's class number, −1 where the label is ""."""
    names, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    if len(names) and names[0] == "":
        return tuple(map(str, names[1:])), codes - 1
    return tuple(map(str, names)), codes


def classes_out_of_fold(
    fit: FitClassifier, spaces: Sequence[FoldSpace], labels: np.ndarray, groups: np.ndarray, fewest: int = 2
) -> Predictions:
    """Return classes predicted out of fold.

    Args:
        fit: fits the model to one training fold.
        spaces: features of every fold.
        labels: (n,) class name of every cohort row, "" where unknown (the row is left out).
        groups: (n,) group of every row.
        fewest: classes that a training fold must hold; another fold is left out.

    Returns:
        predictions; empty with a reason where no fold can be fitted (one class only, no test rows).
    """
    classes, codes = class_codes(labels)
    if len(classes) < 2:
        return impossible(f"two classes needed, found {classes[0] + ' only' if classes else 'none'}", classes)
    parts = []
    for space in spaces:
        train, test = codes[space.train_idx] >= 0, codes[space.test_idx] >= 0
        y = codes[space.train_idx[train]]
        if len(np.unique(y)) < fewest or not test.any():
            continue
        predict = fit(space.train[train], y, groups[space.train_idx[train]], len(classes))
        guess, score = predict(space.test[test])
        rows = space.test_idx[test]
        fold = np.full(len(rows), space.number)
        parts.append(Predictions(rows, fold, codes[rows], guess, score, classes, len(y)))
    if not parts:
        held = "two classes" if fewest > 1 else "a labelled subject"
        return impossible(f"no training fold holds {held} beside a test subject", classes)
    skipped = len(spaces) - len(parts)
    note = f"{skipped} of {len(spaces)} folds left out: one class in training, or no test subject"
    return replace(gather(parts), note=note if skipped else "")


def spread_scores(scores: np.ndarray, columns: np.ndarray, count: int) -> np.ndarray:
    """Return (m, count) scores with those of the fitted classes (m, k) in their ``columns`` (k,), 0 elsewhere."""
    spread = np.zeros((len(scores), count))
    spread[:, columns] = scores
    return spread
