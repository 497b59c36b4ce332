"""95 % intervals by the percentile bootstrap over groups.

Families (or subjects, or sites) are drawn with replacement, and all predictions of a drawn group count together,
so that relatives are not taken for independent people. The intervals are conditional on the fitted models: they
say how the score varies with the people tested, not with the people trained on.
"""

from collections.abc import Callable

import numpy as np
from scipy.stats import binomtest

from brainaging.pipeline.runtime import generator
from brainaging.pipeline.stats.predictions import Predictions, shared_rows
from brainaging.pipeline.stats.scores import Metric, point

#: Sensitivity: the 2.5th percentile of 1000 draws has a standard error of about 0.08 SD of the score (0.14 of 300)
REPLICATES = 1000
#: groups below which an interval by drawing them is rough, and is said to be: percentiles of a bootstrap over few
#: clusters are too narrow (Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90:414).
#: Sensitivity: what is said, and no number
FEW_GROUPS = 10


def group_weights(groups: np.ndarray, seed: int, replicates: int = REPLICATES) -> np.ndarray:
    """Return (replicates, m) weights: how often each row's group was drawn. The same seed gives the same draws."""
    names, code = np.unique(groups, return_inverse=True)
    shares = np.full(len(names), 1 / len(names))
    counts = generator(seed, "bootstrap").multinomial(len(names), shares, size=replicates)
    return counts[:, code].astype(float)


def percentile(values: np.ndarray) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentiles of the defined replicates; NaN when fewer than half are defined."""
    defined = values[np.isfinite(values)]
    if len(defined) * 2 < len(values) or len(defined) == 0:
        return float("nan"), float("nan")
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


def interval(
    metric: Metric, pred: Predictions, groups: np.ndarray, seed: int, replicates: int = REPLICATES
) -> tuple[float, float, float]:
    """Return (value, low, high) of a metric.

    Args:
        metric: one of ``scores``.
        pred: out-of-fold predictions.
        groups: (n,) group of every cohort row.
        seed: of the bootstrap.
        replicates: number of bootstrap draws.
    """
    if not len(pred):
        return float("nan"), float("nan"), float("nan")
    return point(metric, pred), *_bounds(lambda w: metric(pred, w), groups[pred.index], seed, replicates)


def difference(
    metric: Metric,
    pred: Predictions,
    reference: Predictions,
    groups: np.ndarray,
    seed: int,
    replicates: int = REPLICATES,
) -> tuple[float, float, float]:
    """Return (value, low, high) of metric(pred) − metric(reference): same folds, same subjects, same draws."""
    pred, reference = shared_rows(pred, reference)
    if not len(pred):
        return float("nan"), float("nan"), float("nan")
    low, high = _bounds(lambda w: metric(pred, w) - metric(reference, w), groups[pred.index], seed, replicates)
    return point(metric, pred) - point(metric, reference), low, high


def leak(
    metric: Metric,
    loose: Predictions,
    grouped: Predictions,
    groups: np.ndarray,
    seed: int,
    replicates: int = REPLICATES,
) -> tuple[float, float, float]:
    """Return (value, low, high) of metric(random split) − metric(grouped split), drawing the same people."""
    if not len(loose) or not len(grouped):
        return float("nan"), float("nan"), float("nan")
    weights = group_weights(groups, seed, replicates)
    differences = metric(loose, weights[:, loose.index]) - metric(grouped, weights[:, grouped.index])
    return point(metric, loose) - point(metric, grouped), *percentile(differences)


def mean_ratio(
    top: np.ndarray, bottom: np.ndarray | float, groups: np.ndarray, seed: int, replicates: int = REPLICATES
) -> tuple[float, float, float]:
    """Return (value, low, high) of mean(top) / mean(bottom), values (m,) of the same m rows, drawn together.

    ``bottom=1.0`` gives the interval of a plain mean.
    """
    if not len(top):
        return float("nan"), float("nan"), float("nan")
    below = np.broadcast_to(np.asarray(bottom, dtype=float), top.shape)
    low, high = _bounds(lambda w: (w @ top) / (w @ below), groups, seed, replicates)
    return float(top.mean() / below.mean()), low, high


def share_interval(hits: int, n: int) -> tuple[float, float, float]:
    """Return (value, low, high) of a share of n that are independent of each other: Wilson's interval."""
    share = binomtest(hits, n)
    band = share.proportion_ci(method="wilson")
    return float(share.statistic), float(band.low), float(band.high)


def _bounds(
    statistic: Callable[[np.ndarray], np.ndarray], groups: np.ndarray, seed: int, replicates: int
) -> tuple[float, float]:
    if len(np.unique(groups)) < 2:
        return float("nan"), float("nan")
    return percentile(statistic(group_weights(groups, seed, replicates)))
