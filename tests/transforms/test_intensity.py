import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.transforms import GRIDS, GridSpec, normalize_intensity, place

GRID = GRIDS["t1w_48"]


@pytest.fixture(scope="module")
def placed(brain_2mm):
    return place(*brain_2mm, GRID)


def test_result_is_about_zero_to_one_and_background_is_zero(placed):
    out = normalize_intensity(placed, GRID)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out[placed == 0], 0)
    assert 1 <= out.max() <= 1.25
    assert 0.6 < np.median(out[out > 0.3]) < 0.95


@given(gain=st.floats(1e-4, 1e5))
@settings(max_examples=20, deadline=None)
def test_gain_does_not_matter(placed, gain):
    out = normalize_intensity(placed, GRID)
    np.testing.assert_allclose(normalize_intensity(placed * np.float32(gain), GRID), out, atol=2e-3)


def test_bright_outliers_do_not_matter(placed):
    out = normalize_intensity(placed, GRID)
    spiked = placed.copy()
    index = np.argwhere(placed > 0)[::500]  # 0.2 % of the brain
    spiked[tuple(index.T)] = 1e6
    again = normalize_intensity(spiked, GRID)
    untouched = spiked == placed
    np.testing.assert_allclose(again[untouched], out[untouched], atol=0.01)
    assert again.max() <= 1.25


def test_negative_values_become_background(placed):
    ringing = placed.copy()
    ringing[:3] = -50
    out = normalize_intensity(ringing, GRID)
    assert not out[:3].any() and out.min() == 0


def test_nothing_stays_nothing():
    assert not normalize_intensity(np.zeros(GRID.shape), GRID).any()


def test_unknown_rule_is_named():
    with pytest.raises(ValueError, match="expected an intensity rule among half_max_q98, found 'z'"):
        normalize_intensity(np.ones((8, 8, 8)), GridSpec("g", (8, 8, 8), 3.0, intensity="z"))
