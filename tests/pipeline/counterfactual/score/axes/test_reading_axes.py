"""Axes of readings: only what an edit changes is read, and in its own direction."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.reading_axes import reading_axes
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, EDITS, SEXED

SCAN = {"age": np.array([30.0, 50.0, 70.0]), "sex": np.array([-2.0, 1.0, 0.5])}
TRUE = {"age": np.array([39.0, 61.0, 79.0]), "sex": np.array([1.0, -1.0, -2.0])}


def between(times):
    return {name: SCAN[name] + times * (TRUE[name] - SCAN[name]) for name in SCAN}


@pytest.mark.parametrize(("times", "value"), [(0.0, 0.0), (0.5, 0.75), (1.0, 1.0), (2.0, 0.0), (-1.0, -3.0)])
def test_what_is_read_of_scaled_truths(times, value):
    for edit, code in ((AGED, "axis_age_read"), (SEXED, "axis_sex_read")):
        axes = reading_axes(edit, SCAN, between(times), TRUE, 3)
        assert set(axes) == {code}
        assert axes[code].estimate(np.arange(3), 0, 10)[0] == pytest.approx(value)


def test_head_size_is_read_by_nobody():
    assert set(reading_axes(EDITS[-1], SCAN, SCAN, TRUE, 5)) == {"axis_sex_read"}
