"""Scores of out-of-fold predictions, computed for many bootstrap weightings at once.

Every function takes weights (B, m), one row a replicate (how often the m-th prediction counts), and returns (B,)
values; NaN where a replicate leaves a score undefined (a class without a subject, no spread in age).
"""

from collections.abc import Callable

import numpy as np

from brainaging.pipeline.stats.predictions import Predictions

Metric = Callable[[Predictions, np.ndarray], np.ndarray]


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)


def accuracy(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Share of predictions that are right."""
    return _ratio(weights @ (pred.truth == pred.predicted), weights.sum(axis=1))


def balanced_accuracy(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Mean over the classes present of the share of the class that is recognised; undefined with one class."""
    recalls = []
    for number in range(len(pred.classes)):
        of_class = (pred.truth == number).astype(float)
        recalls.append(_ratio(weights @ (of_class * (pred.predicted == number)), weights @ of_class))
    return _mean_of_present(np.stack(recalls))


def auc(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve; the mean over classes of one against the rest where there are more than two.

    Only pairs inside one fold are compared, pooled over folds: scores of two models share no scale.
    """
    numbers = [1] if len(pred.classes) == 2 else range(len(pred.classes))
    areas = np.stack([_concordance(pred, pred.truth == number, number, weights) for number in numbers])
    return areas[0] if len(pred.classes) == 2 else _mean_of_present(areas)


def _mean_of_present(values: np.ndarray) -> np.ndarray:
    present = np.isfinite(values)
    count = present.sum(axis=0)
    total = np.where(present, values, 0.0).sum(axis=0)
    return np.where(count > 1, total / np.maximum(count, 1), np.nan)


def _concordance(pred: Predictions, positive: np.ndarray, column: int, weights: np.ndarray) -> np.ndarray:
    concordant, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for fold in np.unique(pred.fold):
        rows = np.flatnonzero(pred.fold == fold)
        order = rows[np.argsort(pred.score[rows, column], kind="stable")]
        score = pred.score[order, column]
        starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
        above = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1)
        below = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1)
        concordant += (above * (np.cumsum(below, axis=1) - 0.5 * below)).sum(axis=1)
        pairs += above.sum(axis=1) * below.sum(axis=1)
    return _ratio(concordant, pairs)


def mae(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Mean absolute error, in years."""
    return _ratio(weights @ np.abs(pred.truth - pred.predicted), weights.sum(axis=1))


def correlation(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Pearson's r of truth and prediction inside folds, pooled; undefined where predictions are constant in folds.

    Both are centred in each fold first: across folds even the mean predictor correlates, wrongly, with age.
    """
    return _pearson(pred, pred.predicted, weights)


def error_age_correlation(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Pearson's r of the error (predicted minus true age) with true age inside folds: the age bias; 0 is none."""
    return _pearson(pred, pred.predicted - pred.truth, weights)


def _pearson(pred: Predictions, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    var_x, var_y, covariance = np.zeros(len(weights)), np.zeros(len(weights)), np.zeros(len(weights))
    floor_x, floor_y = 1e-300, 1e-300
    for fold in np.unique(pred.fold):
        rows = np.flatnonzero(pred.fold == fold)
        # shifted by the plain mean, so that small spreads keep their digits
        x, y = pred.truth[rows] - pred.truth[rows].mean(), values[rows] - values[rows].mean()
        drawn = weights[:, rows]
        total = np.maximum(drawn.sum(axis=1), 1e-300)
        sum_x, sum_y = drawn @ x, drawn @ y
        var_x += drawn @ x**2 - sum_x**2 / total
        var_y += drawn @ y**2 - sum_y**2 / total
        covariance += drawn @ (x * y) - sum_x * sum_y / total
        # a spread of rounding size is none
        floor_x += 1e-20 * float((pred.truth[rows] ** 2).sum())
        floor_y += 1e-20 * float((values[rows] ** 2).sum())
    defined = (var_x > floor_x) & (var_y > floor_y)
    return np.where(defined, covariance / np.sqrt(np.where(defined, var_x * var_y, 1.0)), np.nan)


def r_squared(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """1 − squared error over the spread about the tested subjects' mean; about 0 for the mean predictor."""
    total = np.maximum(weights.sum(axis=1), 1e-300)
    shifted = pred.truth - pred.truth.mean()
    mean = weights @ shifted / total
    spread = weights @ shifted**2 / total - mean**2
    error = weights @ (pred.truth - pred.predicted) ** 2 / total
    return 1.0 - _ratio(error, np.where(spread > 1e-12, spread, 0.0))


CLASS_METRICS: dict[str, Metric] = {"accuracy": accuracy, "balanced_accuracy": balanced_accuracy, "auc": auc}
YEAR_METRICS: dict[str, Metric] = {"mae": mae, "r": correlation, "r2": r_squared}


def point(metric: Metric, pred: Predictions) -> float:
    """Return a metric's value on all predictions, each counted once."""
    return float(metric(pred, np.ones((1, len(pred))))[0]) if len(pred) else float("nan")
