"""Axes of change maps: place, size, error, and what should not change, over every voxel of the grid."""

import numpy as np

from brainaging.pipeline.counterfactual.score.axes.axis_values import AxisValues

#: share of a true change that its smallest voxels make up together: these are what should not change.
#: Sensitivity: twice the true change has 1 less this share on that axis; of other methods not measured
NEGLIGIBLE = 0.05


def change_axes(predicted: np.ndarray, true: np.ndarray) -> dict[str, AxisValues]:
    """Return the axes of predicted beside true changes (n, X, Y, Z), by their codes.

    With p and t the changes of a person, over all voxels, no mask chosen:

    - ``axis_correlation``: Pearson's r of p and t, 0 where p does not vary; the mean over people.
    - ``axis_size``: 1 − |1 − ‖p‖ / ‖t‖|; the mean over people.
    - ``axis_skill``: 1 − Σ‖p − t‖² / Σ‖t‖², sums over people.
    - ``axis_untouched``: Σ a / Σ (T + m). T = Σ |t| over the voxels that truly change, a the part of it that p
      does there, in the right direction and no more than asked, and m = Σ |p − t| over the voxels that should not
      change: those of the smallest |t| that make up 5 % of all of it. Nothing has a = 0; misplacing as much as
      is truly changed halves what is reached.
    """
    rows = [
        _of_one(p.ravel().astype(float), t.ravel().astype(float)) for p, t in zip(predicted, true, strict=True)
    ]
    r, size, gained, square, done, asked = np.array(rows).reshape(-1, 6).T
    one = np.ones(len(r))
    return {
        "axis_correlation": AxisValues(r, one),
        "axis_size": AxisValues(size, one),
        "axis_skill": AxisValues(gained, square),
        "axis_untouched": AxisValues(done, asked),
    }


def _of_one(p: np.ndarray, t: np.ndarray) -> tuple[float, ...]:
    square = float(t @ t)
    if square == 0:
        # nothing was asked of this person
        return (float("nan"),) * 6
    size = 1 - abs(1 - float(np.sqrt(p @ p / square)))
    changing, still = _touched(t)
    asked = float(np.abs(t[changing]).sum())
    done = float(np.clip(p[changing] * np.sign(t[changing]), 0, np.abs(t[changing])).sum())
    misplaced = float(np.abs(p[still] - t[still]).sum())
    error = p - t
    return _correlation(p, t), size, square - float(error @ error), square, done, asked + misplaced


def _correlation(p: np.ndarray, t: np.ndarray) -> float:
    p, t = p - p.mean(), t - t.mean()
    norms = float(np.sqrt((p @ p) * (t @ t)))
    return float(p @ t) / norms if norms > 0 else 0.0


def _touched(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of the voxels of a true change (p,) that truly change, and of those that should not."""
    order = np.argsort(np.abs(t), kind="stable")
    running = np.cumsum(np.abs(t)[order])
    count = int(np.searchsorted(running, NEGLIGIBLE * running[-1], side="right"))
    return order[count:], order[:count]
