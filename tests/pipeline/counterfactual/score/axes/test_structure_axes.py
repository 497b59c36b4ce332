"""Axes of structures: scaled truths, what an instrument does not see, and who is not measured."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.structure_axes import of_all, structure_axes
from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES, OF_VENTRICLES

COUNT = len(NAMES)
RNG = np.random.default_rng(0)
VOLUMES, TRUE = RNG.uniform(2, 60, (5, COUNT)), RNG.standard_normal((5, COUNT))


def values(predicted, seen=np.ones(COUNT, dtype=bool)):
    axes = structure_axes(predicted, TRUE, VOLUMES, seen, 7)
    return {name: axis.estimate(np.arange(7), 0, 10)[0] for name, axis in axes.items()}


@pytest.mark.parametrize(
    ("times", "slope", "skill"), [(0, 0, 0), (0.5, 0.5, 0.75), (1, 1, 1), (2, 0, 0), (3, -1, -3)]
)
def test_scaled_truths_have_the_scores_of_the_formulas(times, slope, skill):
    found = values(times * TRUE)
    assert found["axis_structure_slopes"] == pytest.approx(slope)
    assert found["axis_structure_skill"] == pytest.approx(skill)
    assert found["axis_ventricles"] == pytest.approx(slope)


def test_what_is_not_seen_does_not_count_but_ventricles_always_do():
    wrong = TRUE.copy()
    wrong[:, ~OF_VENTRICLES] += 100.0
    assert values(wrong)["axis_structure_skill"] < 0
    assert values(wrong, OF_VENTRICLES)["axis_structure_skill"] == pytest.approx(1)
    assert set(values(wrong, np.zeros(COUNT, dtype=bool))) == {"axis_ventricles"}


def test_people_beyond_those_measured_have_no_values():
    np.testing.assert_array_equal(of_all(np.array([1.0, 2.0]), 4), [1.0, 2.0, np.nan, np.nan])
    axes = structure_axes(TRUE, TRUE, VOLUMES, np.ones(COUNT, dtype=bool), 7)
    assert {axis.measured.sum() for axis in axes.values()} == {5}
