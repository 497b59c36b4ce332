"""How much of a sex classifier is a scale? Its accuracy without head size, and its answer to rescaled brains."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from brainaging.pipeline.stats.baselines import CALIPER_SD, matched_rows
from brainaging.pipeline.stats.predictions import Predictions, gather, impossible
from brainaging.transforms import scale_head

#: the original study's mistake: 64 voxels of 70
SHRUNK = 64 / 70
SCALES = (0.85, 0.88, SHRUNK, 0.94, 0.97, 1.0, 1.03, 1.06, 1.09, 1.12, 1.15)
_FLOOR = 1e-6


def without_head_size(pred: Predictions, head_size: np.ndarray) -> Predictions:
    """Return a two-class classifier's predictions with what a line in log head size explains taken out.

    In each fold the log odds lose a line fitted to the other rows of that fold (leave one out), and the class is
    judged by the threshold between the classes' means of those rows: what is left tells the classes apart, or
    does not.

    Args:
        pred: out-of-fold predictions with probabilities, two classes.
        head_size: (n,) mL of every cohort row; predictions of rows without it are left out.
    """
    if len(pred.classes) != 2:
        return impossible(f"two classes needed, found {len(pred.classes)}", pred.classes)
    pred = pred.only(np.isfinite(head_size[pred.index]))
    size = np.log(head_size[pred.index])
    odds = np.log(np.clip(pred.score[:, 1], _FLOOR, 1) / np.clip(pred.score[:, 0], _FLOOR, 1))
    parts = []
    for fold in np.unique(pred.fold):
        rows = np.flatnonzero(pred.fold == fold)
        truth = pred.truth[rows]
        if min((truth == 0).sum(), (truth == 1).sum()) < 2:
            continue
        design = np.column_stack([np.ones(len(rows)), size[rows] - size[rows].mean()])
        hat = design @ np.linalg.pinv(design)
        left = (odds[rows] - hat @ odds[rows]) / np.maximum(1 - np.diag(hat), 1e-9)  # leave-one-out residuals
        counts = np.array([(truth == k).sum() - (truth == k) for k in (0, 1)])
        sums = np.array([left[truth == k].sum() - left * (truth == k) for k in (0, 1)])
        lower, upper = sums / np.maximum(counts, 1)
        side = 1 / (1 + np.exp(-np.clip(left - (lower + upper) / 2, -50, 50)))
        score = np.column_stack([1 - side, side])
        parts.append(replace(pred.only(rows), score=score, predicted=(side > 0.5).astype(int)))
    return gather(parts) if parts else impossible("no fold has two subjects of each class", pred.classes)


def matched_on_head_size(pred: Predictions, head_size: np.ndarray) -> Predictions:
    """Return a classifier's own predictions on pairs of one of each class and the same head size.

    Nothing is fitted again: this is what the classifier, as it stands, is worth where head size says nothing.

    Args:
        pred: out-of-fold predictions, two classes.
        head_size: (n,) mL of every cohort row.
    """
    if len(pred.classes) != 2:
        return impossible(f"two classes needed, found {len(pred.classes)}", pred.classes)
    pred = pred.only(np.isfinite(head_size[pred.index]))
    parts = []
    for fold in np.unique(pred.fold):
        rows = np.flatnonzero(pred.fold == fold)
        size = np.log(head_size[pred.index[rows]])
        kept = rows[matched_rows(pred.truth[rows], size, CALIPER_SD * float(size.std()))]
        if len(kept):
            parts.append(pred.only(kept))
    return gather(parts) if parts else impossible("no two subjects of different class match", pred.classes)


def scale_answers(
    predict: Callable[[np.ndarray], np.ndarray], volumes: np.ndarray, scales: Sequence[float] = SCALES
) -> np.ndarray:
    """Return P(class 1) of volumes that are scaled about the grid's centre, (scales, n).

    A classifier that was trained on another scale than it is asked about lies on another point of this curve.

    Args:
        predict: from volumes (n, X, Y, Z) to probabilities (n, 2).
        volumes: (n, X, Y, Z).
        scales: linear; 1 is as they are.
    """
    answers = []
    for scale in scales:
        # linear, as the resizing of the original was: a low-pass would change more than the scale
        scaled = np.stack([scale_head(volume, scale, antialias=False) for volume in volumes])
        answers.append(predict(scaled)[:, 1])
    return np.stack(answers)
