"""Out-of-fold predictions: what every score, interval and difference is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Predictions:
    """Predictions for m test rows, each made by a model that never saw the row.

    A subject appears once a repeat of the folds.

    Attributes:
        index: (m,) row in the cohort.
        fold: (m,) fold number; scores of different folds come from different models and are never compared.
        truth: (m,) class number, or years.
        predicted: (m,) class number, or years.
        score: (m, K) one column a class, higher is likelier; (m, 0) for regression.
        classes: the K class names; empty for regression.
        n_train: mean number of training rows over the folds.
        note: what a reader must know (folds skipped); "" for nothing.
        reason: why there is no prediction at all; "" where there is.
    """

    index: np.ndarray
    fold: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    score: np.ndarray
    classes: tuple[str, ...]
    n_train: int
    note: str = ""
    reason: str = ""

    def __len__(self) -> int:
        return len(self.index)

    @property
    def n_test(self) -> int:
        """Number of different subjects tested."""
        return len(np.unique(self.index))

    def only(self, rows: np.ndarray) -> "Predictions":
        """Return the predictions of some rows (a mask or numbers into the m rows)."""
        return replace(
            self,
            index=self.index[rows],
            fold=self.fold[rows],
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            score=self.score[rows],
        )


def impossible(reason: str, classes: Sequence[str] = ()) -> Predictions:
    """Return the predictions of a probe that could not be fitted, and why."""
    rows, values, scores = np.empty(0, dtype=int), np.empty(0), np.empty((0, len(classes)))
    return Predictions(rows, rows, values, values, scores, tuple(classes), 0, reason=reason)


def gather(parts: Sequence[Predictions]) -> Predictions:
    """Return the predictions of several folds as one."""
    return Predictions(
        index=np.concatenate([part.index for part in parts]),
        fold=np.concatenate([part.fold for part in parts]),
        truth=np.concatenate([part.truth for part in parts]),
        predicted=np.concatenate([part.predicted for part in parts]),
        score=np.concatenate([part.score for part in parts]),
        classes=parts[0].classes,
        n_train=round(float(np.mean([part.n_train for part in parts]))),
        note="; ".join(dict.fromkeys(part.note for part in parts if part.note)),
    )


def shared_rows(first: Predictions, second: Predictions) -> tuple[Predictions, Predictions]:
    """Return both with only the (fold, subject) pairs that they share, in one order, for paired differences."""
    left = {key: row for row, key in enumerate(zip(first.fold.tolist(), first.index.tolist(), strict=True))}
    right = {key: row for row, key in enumerate(zip(second.fold.tolist(), second.index.tolist(), strict=True))}
    both = [key for key in left if key in right]
    return (
        first.only(np.array([left[key] for key in both], dtype=int)),
        second.only(np.array([right[key] for key in both], dtype=int)),
    )
