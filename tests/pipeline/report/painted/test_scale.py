"""From values to colours: symmetric scales for differences, sequential ones for levels."""

import numpy as np
import pytest

from brainaging.pipeline.report.painted.scale import difference_scale, level_scale

SCALE = difference_scale([1.0], "standard deviations", cmap="RdBu")


def test_opposite_values_have_mirrored_colours_and_zero_is_white():
    low, middle, high = SCALE.rgb(np.array([-1.0, 0.0, 1.0]))
    assert middle.min() > 0.95
    # red for minus, blue for plus, in RdBu
    assert low[0] > low[2] and high[2] > high[0]
    assert SCALE.low == -SCALE.high


@pytest.mark.parametrize("values", [[], [np.nan], [0.0], [0.0, 0.0], [5.0, 5.0], [-3.0, 2.0], [1e-9, 1e6]])
def test_scales_of_any_values_are_usable(values):
    for scale in (
        difference_scale(values, "x"),
        level_scale(values, "x"),
        level_scale(values, "x", logarithmic=True),
        level_scale(values, "x", from_zero=True),
    ):
        finite = [value for value in values if np.isfinite(value)]
        assert scale.low < scale.high
        assert all(scale.low <= value <= scale.high for value in finite)
        assert np.isfinite(scale.rgb(np.array([*finite, 0.5]))).all()
