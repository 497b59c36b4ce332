import numpy as np
import pytest

from brainaging.transforms import ScanError
from brainaging.transforms.checks.zero_inside import zero_inside


@pytest.mark.parametrize(("gain", "offset"), [(1, 0), (0.002, -2.3), (5.0, -700)])
def test_zero_is_found_within_a_hundredth_of_the_bright_level(clean, gain, offset):
    inside = clean[0][clean[0] > 0]
    bright = float(np.percentile(inside, 95))
    assert zero_inside(gain * inside + offset, "a") == pytest.approx(offset, abs=0.01 * gain * bright)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: np.maximum(v, np.percentile(v, 1)), "clipped to the lowest value"),
        (lambda v: np.concatenate([v, np.linspace(-0.2, 0, len(v) // 1000) * v.max()]), "long tail below"),
        (lambda v: v[v > 0.35 * np.percentile(v, 95)] - v.mean(), "abrupt lower end"),
    ],
)
def test_where_the_lowest_do_not_tell_it_is_refused(clean, change, message):
    with pytest.raises(ScanError, match=f"a: expected intensities of 0 outside .*{message}"):
        zero_inside(change(clean[0][clean[0] > 0].astype(float)), "a")


def test_an_average_of_many_people_has_no_dark_fluid(brain_2mm):
    with pytest.raises(ScanError, match="no dark fluid"):
        zero_inside(brain_2mm[0][brain_2mm[0] > 0], "a")
