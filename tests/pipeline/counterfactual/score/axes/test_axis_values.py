"""What people's parts make of an axis, and its interval over groups."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.axis_values import AxisValues, closeness, share

ONES = np.ones(6)


def test_closeness_falls_on_both_sides_of_one():
    ratios = np.array([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0])
    np.testing.assert_allclose(closeness(ratios, np.ones(7)), [-1.0, 0.0, 0.5, 1.0, 0.5, 0.0, -1.0])
    np.testing.assert_allclose(share(ratios, 2 * np.ones(7)), ratios / 2)


def test_who_is_not_measured_counts_nowhere():
    values = AxisValues(np.array([1.0, np.nan, 3.0]), np.array([1.0, 1.0, np.nan]))
    np.testing.assert_array_equal(values.measured, [True, False, False])
    assert values.estimate(np.arange(3), 0, 20)[0] == 1.0
    nobody = AxisValues(np.full(3, np.nan), np.ones(3))
    assert np.isnan(nobody.estimate(np.arange(3), 0, 20)).all()


def test_sums_are_put_together_and_not_people_s_ratios():
    assert AxisValues(np.array([1.0, 3.0]), np.array([1.0, 1.0])).estimate(np.arange(2), 0, 20)[0] == 2.0
    assert AxisValues(np.array([1.0, 0.0]), np.array([1.0, 3.0])).estimate(np.arange(2), 0, 20)[0] == 0.25


def test_whole_groups_are_drawn_so_that_relatives_tell_no_more_than_one_of_them():
    top = np.repeat([0.0, 1.0, 0.2, 0.9], 10)
    alone = AxisValues(top, np.ones(40)).estimate(np.arange(40), 0, 400)
    related = AxisValues(top, np.ones(40)).estimate(np.repeat(np.arange(4), 10), 0, 400)
    assert related[0] == alone[0] == pytest.approx(0.525)
    assert related[2] - related[1] > 2 * (alone[2] - alone[1])
    assert np.isnan(AxisValues(top, np.ones(40)).estimate(np.zeros(40), 0, 20)[1:]).all()
