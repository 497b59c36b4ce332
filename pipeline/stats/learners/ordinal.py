"""Brackets have an order: a cumulative model that uses it (Frank and Hall 2001), and scores that count it."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from brainaging.pipeline.stats.out_of_fold import Classifier, class_codes, classes_out_of_fold
from brainaging.pipeline.stats.predictions import Predictions, impossible
from brainaging.pipeline.stats.probes import choose_penalty, logistic
from brainaging.pipeline.stats.sample_space import FoldSpace


def classify_ordinal(
    spaces: Sequence[FoldSpace], labels: np.ndarray, groups: np.ndarray, seed: int
) -> Predictions:
    """Return out-of-fold brackets by one logistic regression a threshold, P(bracket > k), made monotone.

    The prediction is the median bracket (the first with P(bracket ≤ k) of at least ½), which is what the mean
    distance in brackets asks for; the scores are the brackets' probabilities.

    Args:
        spaces: folds of standardised columns.
        labels: (n,) bracket of every row, "" where unknown.
        groups: (n,) group of every row.
        seed: of the inner folds.
    """
    classes, _ = class_codes(labels)
    if len(classes) < 3:
        return impossible(f"three brackets needed for an order, found {len(classes)}", classes)
    rank = ranks(classes)

    def fit(x: np.ndarray, y: np.ndarray, own: np.ndarray, count: int) -> Classifier:
        place = rank[y]
        models = [_beyond(x, (place > threshold).astype(int), own, seed) for threshold in range(count - 1)]

        def predict(ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            above = np.stack([beyond(ahead) for beyond in models], axis=1)
            above = np.minimum.accumulate(above, axis=1)
            bounds = np.concatenate([np.ones((len(ahead), 1)), above, np.zeros((len(ahead), 1))], axis=1)
            return np.argsort(rank)[(above > 0.5).sum(axis=1)], -np.diff(bounds, axis=1)[:, rank]

        return predict

    return classes_out_of_fold(fit, spaces, labels, groups)


def _beyond(x: np.ndarray, later: np.ndarray, groups: np.ndarray, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return what gives P(later) (m,) of rows (m, r), fitted to rows (n, r) that are later or not (n,)."""
    if later.min() == later.max():
        return lambda ahead: np.full(len(ahead), float(later[0]))
    model = logistic(choose_penalty(x, later, groups, seed)).fit(x, later)
    return lambda ahead: model.predict_proba(ahead)[:, 1]


def ranks(classes: Sequence[str]) -> np.ndarray:
    """Return each class's place in order of age, (K,): by the number that a name begins with ("8-12", then "13+").

    Text alone would put "8-12" behind "13-17". Names without a number keep the order of their text, at the end.
    """

    def lowest(name: str) -> float:
        number = re.search(r"\d+(\.\d+)?", name)
        return float(number[0]) if number else np.inf

    order = sorted(range(len(classes)), key=lambda number: (lowest(classes[number]), classes[number]))
    return np.argsort(order)


def bracket_distance(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean distance in brackets between prediction and truth, (R,) for weights (R, m)."""
    rank = ranks(pred.classes)
    gap = np.abs(rank[pred.predicted] - rank[pred.truth]).astype(float)
    return np.asarray(weights @ gap / weights.sum(axis=1))


def quadratic_kappa(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa with squared distances in brackets, (R,) for weights (R, m): 1 perfect, 0 chance.

    NaN where truth and prediction are one and the same bracket throughout: chance alone cannot err.
    """
    rank = ranks(pred.classes)
    guess, truth = rank[pred.predicted].astype(float), rank[pred.truth].astype(float)
    total = weights.sum(axis=1)
    observed = weights @ (guess - truth) ** 2 / total
    # squared distance of two independent draws, one from each side: both second moments less twice the means
    chance = (weights @ (guess**2 + truth**2)) / total - 2 * (weights @ guess) * (weights @ truth) / total**2
    return np.where(chance > 1e-12, 1 - observed / np.where(chance > 1e-12, chance, 1.0), np.nan)
