"""Changes over a scan: colours of signs, one scale, bars."""

import numpy as np
import pytest

from brainaging.pipeline.report.drawing.change_maps import change_maps, in_greys, painted, shared_limit


def test_zero_leaves_the_scan_and_signs_have_their_colours():
    grey = np.full((1, 3), 0.5)
    none, loss, gain = painted(grey, np.array([[0.0, -1.0, 1.0]]), limit=1.0)[0]
    assert none == pytest.approx([0.5] * 3)
    assert loss[0] > loss[2] and gain[2] > gain[0] and gain[2] > gain[1]
    assert painted(grey, np.array([[np.nan, 0.0, np.inf]]), 1.0) == pytest.approx(np.full((1, 3, 3), 0.5))


def test_a_scale_is_symmetric_round_and_never_empty():
    mask = np.ones((2, 2, 2), dtype=bool)
    assert shared_limit([np.full(mask.shape, -0.043), np.full(mask.shape, 0.01)], mask) == pytest.approx(0.05)
    assert shared_limit([np.zeros(mask.shape)], mask) == 0.1
    assert in_greys(np.array([-1.0, 0.5, 9.0]), (0.0, 1.0)).tolist() == [0.0, 0.5, 1.0]


def test_every_change_has_a_column_under_one_scale():
    scan = np.random.default_rng(0).uniform(0.5, 1, (8, 9, 10))
    mask = np.ones(scan.shape, dtype=bool)
    one, two = (change_maps(scan, dict.fromkeys(names, 0.1 * scan), mask, "Change") for names in ("a", ("a", "b")))
    assert one.width < two.width
    assert two.alt == "Change; colours from −0.1 to 0.1"
