"""Axes of maps: scaled truths, misplaced change, and what nobody was asked for."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.change_axes import change_axes


@pytest.fixture(scope="module")
def true() -> np.ndarray:
    change = np.zeros((3, 6, 6, 6))
    change[:, :2] = np.random.default_rng(0).standard_normal((3, 2, 6, 6))
    return change


def value(axes, name):
    return axes[name].estimate(np.arange(3), 0, 10)[0]


@pytest.mark.parametrize(
    ("times", "size", "skill", "untouched"),
    [(0.0, 0.0, 0.0, 0.0), (0.5, 0.5, 0.75, 0.5), (1.0, 1.0, 1.0, 1.0), (2.0, 0.0, 0.0, 0.95)],
)
def test_scaled_truths_have_the_scores_of_the_formulas(true, times, size, skill, untouched):
    axes = change_axes(times * true, true)
    assert value(axes, "axis_correlation") == pytest.approx(float(times > 0))
    assert value(axes, "axis_size") == pytest.approx(size)
    assert value(axes, "axis_skill") == pytest.approx(skill)
    # what makes up 5 % of the true change should not change, and is changed too
    assert value(axes, "axis_untouched") == pytest.approx(untouched, abs=0.03)


def test_as_much_misplaced_as_is_truly_changed_halves_what_is_reached(true):
    misplaced = true.copy()
    misplaced[:, 4:] = np.abs(true[:, :2])
    axes = change_axes(misplaced, true)
    assert value(axes, "axis_untouched") == pytest.approx(0.5, abs=0.03)
    assert value(axes, "axis_skill") == pytest.approx(0)


def test_a_person_of_whom_nothing_is_asked_is_not_scored(true):
    still = true.copy()
    still[0] = 0
    axes = change_axes(still, still)
    assert {axis.measured.sum() for axis in axes.values()} == {2}
    assert value(axes, "axis_skill") == 1
