"""Recovery: all, half, nothing, and which structures are seen."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.structures.instrument_validation import recovery, seen_structures

TRUE = np.random.default_rng(0).standard_normal((9, 3))


def test_all_half_and_nothing_are_recovered():
    whole, half, none = (recovery(times * TRUE, TRUE) for times in (1.0, 0.5, 0.0))
    assert (whole.slope, whole.r, whole.skill) == pytest.approx((1, 1, 1))
    assert (half.slope, half.r, half.skill) == pytest.approx((0.5, 1, 0.75))
    assert (none.slope, none.skill) == (0, 0)
    assert np.isnan(none.r)
    assert np.isnan(recovery(TRUE, 0 * TRUE).slope)


def test_what_is_read_wrong_or_is_not_there_is_not_seen():
    measured = TRUE * [0.5, -0.5, np.nan]
    np.testing.assert_array_equal(seen_structures(measured, TRUE), [True, False, False])
