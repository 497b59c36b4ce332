"""Axes of structures' volumes: whether they change as they truly do, measured by the score's own instrument."""

import numpy as np

from brainaging.pipeline.counterfactual.score.axes.axis_values import AxisValues, closeness
from brainaging.pipeline.counterfactual.score.structures.structure_labels import OF_VENTRICLES


def structure_axes(
    predicted: np.ndarray, true: np.ndarray, volumes: np.ndarray, seen: np.ndarray, count: int
) -> dict[str, AxisValues]:
    """Return the axes of structures, by their codes.

    With p and t a person's changes of a structure in per cent of its volume, both by the same instrument, and
    b = Σ p t / Σ t² over structures and people, the regression of predicted on true changes through the origin:

    - ``axis_structure_slopes``: 1 − |1 − b|.
    - ``axis_structure_skill``: 1 − Σ (p − t)² / Σ t².
    - ``axis_ventricles``: as the first, of the ventricles' mL alone.

    Args:
        predicted: (m, s) mL, changes in edited images.
        true: (m, s) mL, in the true counterfactuals.
        volumes: (m, s) mL, in the scans.
        seen: (s,) bool, the structures that the instrument sees.
        count: of people, of whom the first m are measured.
    """
    filled = (predicted[:, OF_VENTRICLES].sum(axis=1), true[:, OF_VENTRICLES].sum(axis=1))
    axes = {"axis_ventricles": AxisValues(filled[0] * filled[1], np.square(filled[1]), closeness)}
    if seen.any():
        p, t = (100 * changes[:, seen] / volumes[:, seen] for changes in (predicted, true))
        square = np.square(t).sum(axis=1)
        axes["axis_structure_slopes"] = AxisValues((p * t).sum(axis=1), square, closeness)
        axes["axis_structure_skill"] = AxisValues(square - np.square(p - t).sum(axis=1), square)
    return {
        name: AxisValues(of_all(axis.top, count), of_all(axis.bottom, count), axis.form)
        for name, axis in axes.items()
    }


def of_all(values: np.ndarray, count: int) -> np.ndarray:
    """Return values (m,) of the first people as (count,), NaN of the others."""
    return np.append(values, np.full(count - len(values), np.nan))
