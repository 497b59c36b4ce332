"""How much of a sex classifier is a scale? Its accuracy without head size, and its answer to rescaled brains."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from brainaging.pipeline.stats.baselines import CALIPER_SD, matched_rows
from brainaging.pipeline.stats.model_choice import inner_folds
from brainaging.pipeline.stats.predictions import Predictions, gather, impossible
from brainaging.transforms import scale_head

#: the original study's mistake: 64 voxels of 70
SHRUNK = 64 / 70
#: wider than adults' heads: hcp-ya's log volumes have an SD of about 0.08, so that ±3 SD are ±8 % along an axis
SCALES = (0.85, 0.88, SHRUNK, 0.94, 0.97, 1.0, 1.03, 1.06, 1.09, 1.12, 1.15)
#: fewer of a class make no mean to calibrate by
FEWEST_OF_A_CLASS = 2
# a probability nearer to 0 or 1 counts as this: single-precision networks give whole zeros
_FLOOR = 1e-6


def without_head_size(pred: Predictions, head_size: np.ndarray, groups: np.ndarray, seed: int = 0) -> Predictions:
    """Return a two-class classifier's predictions with what a line in log head size explains taken out.

    Cross-fitted over families: the people tested in a fold are divided into three by their groups. The log odds of
    each third lose a line in log head size that is fitted to the other two thirds, and are cut by the threshold
    midway between those people's class means. So neither the line nor the threshold has seen the label of anybody
    whom it is applied to, or of a relative; the classifier itself is the fold's own throughout. Tested people do
    calibrate one another: what is left says whether the classifier tells classes apart beyond size, not what a
    classifier would score that had to be calibrated on its training people.

    Args:
        pred: out-of-fold predictions with probabilities, two classes.
        head_size: (n,) mL of every cohort row; predictions of rows without it are left out.
        groups: (n,) group of every cohort row.
        seed: of the thirds.
    """
    if len(pred.classes) != 2:
        return impossible(f"two classes needed, found {len(pred.classes)}", pred.classes)
    pred = pred.only(np.isfinite(head_size[pred.index]))
    size = np.log(head_size[pred.index])
    odds = np.log(np.clip(pred.score[:, 1], _FLOOR, 1) / np.clip(pred.score[:, 0], _FLOOR, 1))
    parts = []
    for fold in np.unique(pred.fold):
        people = np.flatnonzero(pred.fold == fold)
        for others, own in inner_folds(pred.truth[people], groups[pred.index[people]], seed):
            fit, tested = people[others], people[own]
            if np.bincount(pred.truth[fit].astype(int), minlength=2).min() < FEWEST_OF_A_CLASS:
                continue
            left = _without_line(odds, size, fit)
            middle = np.mean([left[fit][pred.truth[fit] == number].mean() for number in (0, 1)])
            share = 1 / (1 + np.exp(-np.clip(left[tested] - middle, -50, 50)))
            score = np.column_stack([1 - share, share])
            parts.append(replace(pred.only(tested), score=score, predicted=(share > 0.5).astype(int)))
    if not parts:
        few = f"no fold has {FEWEST_OF_A_CLASS} subjects of each class, of 6 families or more, to calibrate by"
        return impossible(few, pred.classes)
    return gather(parts)


def _without_line(odds: np.ndarray, size: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Return the log odds (m,) less a line in log head size (m,) that is fitted to the rows ``fit``."""
    centre = size[fit].mean()
    spread = float(((size[fit] - centre) ** 2).sum())
    slope = float(((size[fit] - centre) @ odds[fit]) / spread) if spread > 0 else 0.0
    return odds - odds[fit].mean() - slope * (size - centre)


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

    A classifier that was trained on another scale than it reads lies on another point of this curve.

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
