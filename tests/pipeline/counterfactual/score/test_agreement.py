"""Measures of a predicted change: what a perfect, a doubled and no change get; there and back; readings."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.methods import NoChange
from brainaging.pipeline.counterfactual.score.agreement import (
    Volumes,
    is_change,
    map_measures,
    readings,
    region_means,
    reversal,
    slope_error,
)
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")


@pytest.fixture(scope="module")
def true() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((3, *GRID.shape))


def test_a_doubled_change_has_the_right_place_and_twice_the_size(true):
    mask = np.ones(GRID.shape, dtype=bool)
    measures = map_measures(2 * true, true, mask)
    np.testing.assert_allclose(measures["correlation"], 1)
    np.testing.assert_allclose(measures["norm_ratio"], 2)
    np.testing.assert_allclose(slope_error(2 * true, true, GRID), 1)


def test_no_change_has_no_correlation_no_size_and_the_error_of_all(true):
    measures = map_measures(0 * true, true, np.ones(GRID.shape, dtype=bool))
    assert np.isnan(measures["correlation"]).all()
    np.testing.assert_array_equal(measures["norm_ratio"], 0)
    np.testing.assert_allclose(slope_error(0 * true, true, GRID), 1)


def test_only_the_mask_counts(true):
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[8:20] = True
    elsewhere = np.where(mask, true, 99.0)
    np.testing.assert_allclose(map_measures(elsewhere, true, mask)["correlation"], 1)


def test_regions_means_are_those_of_a_constant():
    np.testing.assert_allclose(region_means(np.full((1, *GRID.shape), 3.0), GRID), 3.0)


def test_drift_is_in_per_cent_of_the_head_before():
    before, after = (Volumes(np.zeros(2), np.array(heads)) for heads in ([1000.0, 1200.0], [1010.0, 1200.0]))
    np.testing.assert_allclose(after.drift(before), [1.0, 0.0])


class Halving:
    """An edit that goes half of the way back."""

    name, covariates = "halving", ("age",)

    def predicted_change(self, volumes, before, after):
        return np.where(after.age > before.age, 1.0, -0.5)[:, None, None, None] * np.ones_like(volumes)


def test_what_is_left_after_there_and_back_is_a_share_of_the_change():
    people, scans = Covariates(*np.full((3, 2), 50.0)), np.zeros((2, 3, 3, 3))
    mask, older = np.ones((3, 3, 3), dtype=bool), people.older(10)
    left = reversal(Halving(), scans, scans + 1, people, older, mask)
    np.testing.assert_allclose(left, 0.5)
    assert np.isnan(reversal(NoChange(), scans, scans, people, older, mask)).all()


class Reader:
    """Reads men in bright brains, and a year in every hundredth of brightness."""

    def probability_male(self, volumes, head_size):
        return (volumes.mean(axis=(1, 2, 3)) > 0.5).astype(float)

    def years(self, volumes, head_size):
        return 100 * volumes.mean(axis=(1, 2, 3))


def test_readings_are_of_what_an_edit_changes_alone():
    people = Covariates(np.full(2, 40.0), np.array([0.0, 1.0]), np.full(2, 1400.0))
    brains, years = np.array([0.6, 0.7])[:, None, None, None] * np.ones((2, 2, 2, 2)), np.full(2, 55.0)
    by_sex = readings(Reader(), brains, people, people.as_sex(1 - people.male), years)
    assert list(by_sex) == ["reader_agreement"]
    np.testing.assert_array_equal(by_sex["reader_agreement"], [1.0, 0.0])
    by_age = readings(Reader(), brains, people, people.older(10), years)
    assert list(by_age) == ["reader_years"]
    np.testing.assert_allclose(by_age["reader_years"], [5.0, 15.0])


def test_a_change_that_goes_both_ways_is_none() -> None:
    ways = np.tile([1.0, -1.0], 30)
    noise = 0.1 * np.random.default_rng(0).normal(size=60)
    assert not is_change(ways + noise)
    assert is_change(ways * (ways + noise)), "signed by direction it is one"
    assert not is_change(np.zeros(5))
    assert not is_change(np.ones(1))
