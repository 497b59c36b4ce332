"""What an axis has of each person, and how it becomes one number with its interval over families."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.stats.bootstrap import group_weights, percentile

Form = Callable[[np.ndarray, np.ndarray], np.ndarray]


def share(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Return sums by sums."""
    return top / bottom


def closeness(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Return 1 − |1 − ratio|: 0 for a ratio of 0, 1 for 1, and 0 again for 2, because overdoing is no better."""
    return 1 - np.abs(1 - top / bottom)


@dataclass(frozen=True)
class AxisValues:
    """An axis of n people.

    Attributes:
        top, bottom: (n,) parts whose means over people are put together; NaN of who is not measured.
        form: how.
    """

    top: np.ndarray
    bottom: np.ndarray
    form: Form = share

    @property
    def measured(self) -> np.ndarray:
        """Of whom there are values, (n,) bool."""
        return np.isfinite(self.top) & np.isfinite(self.bottom)

    def estimate(self, groups: np.ndarray, seed: int, replicates: int) -> tuple[float, float, float]:
        """Return (value, low, high), the interval by drawing ``groups`` (n,) anew; NaN where there is nothing."""
        kept = self.measured
        top, bottom = self.top[kept], self.bottom[kept]
        if not len(top) or not bottom.any():
            return float("nan"), float("nan"), float("nan")
        value = float(self.form(np.array(top.mean()), np.array(bottom.mean())))
        if len(np.unique(groups[kept])) < 2:
            return value, float("nan"), float("nan")
        weights = group_weights(groups[kept], seed, replicates)
        with np.errstate(invalid="ignore", divide="ignore"):
            draws = self.form(weights @ top, weights @ bottom)
        return value, *percentile(draws)
