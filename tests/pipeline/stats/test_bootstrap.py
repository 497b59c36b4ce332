import numpy as np
import pytest

from brainaging.pipeline.stats.bootstrap import difference, group_weights, interval, mean_ratio, percentile
from brainaging.pipeline.stats.predictions import Predictions, impossible
from brainaging.pipeline.stats.scores import accuracy


def coin(right):
    right = np.asarray(right, dtype=int)
    rows, zeros, ones = np.arange(len(right)), np.zeros(len(right), int), np.ones(len(right), int)
    return Predictions(rows, zeros, ones, right, np.zeros((len(right), 2)), ("F", "M"), 9)


def test_coverage_of_a_known_share_is_about_95_percent():
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        _, low, high = interval(accuracy, coin(rng.random(120) < 0.7), np.arange(120), trial, 400)
        hits += low <= 0.7 <= high
    assert 0.90 <= hits / 200 <= 0.99


def test_relatives_are_not_taken_for_independent_people():
    rng = np.random.default_rng(0)
    hits = {"families": 0, "people": 0}
    groups = np.arange(160) // 4
    for trial in range(150):
        pred = coin((rng.random(40) < 0.7)[groups])
        for kind, names in (("families", groups), ("people", np.arange(160))):
            _, low, high = interval(accuracy, pred, names, trial, 300)
            hits[kind] += low <= 0.7 <= high
    assert hits["families"] >= 0.88 * 150
    assert hits["people"] < 0.85 * 150


def test_groups_are_drawn_whole_and_the_seed_repeats():
    groups = np.array([5, 5, 9, 2, 2])
    weights = group_weights(groups, 3, 50)
    np.testing.assert_array_equal(weights[:, 0], weights[:, 1])
    np.testing.assert_array_equal(weights[:, 3], weights[:, 4])
    np.testing.assert_array_equal(weights[:, [0, 2, 3]].sum(axis=1), 3)
    np.testing.assert_array_equal(weights, group_weights(groups, 3, 50))
    assert (weights != group_weights(groups, 4, 50)).any()


def test_a_paired_difference_is_narrower_than_its_parts_and_of_equals_is_zero():
    rng = np.random.default_rng(0)
    right = rng.random(200) < 0.8
    better = right.copy()
    better[np.flatnonzero(~right)[:8]] = True
    groups = np.arange(200)
    assert difference(accuracy, coin(right), coin(right), groups, 0) == (0.0, 0.0, 0.0)
    value, low, high = difference(accuracy, coin(better), coin(right), groups, 0)
    assert value == pytest.approx(0.04)
    assert low > 0
    single = interval(accuracy, coin(right), groups, 0)
    assert high - low < single[2] - single[1]


def test_ratio_of_means_and_plain_mean():
    rng = np.random.default_rng(0)
    below = rng.uniform(1, 2, 100)
    value, low, high = mean_ratio(0.9 * below, below, np.arange(100), 0)
    assert (value, low, high) == pytest.approx((0.9, 0.9, 0.9))
    value, low, high = mean_ratio(below, 1.0, np.arange(100), 0)
    assert value == pytest.approx(below.mean())
    assert low < below.mean() < high


def test_no_people_or_one_group_gives_no_interval():
    assert np.isnan(interval(accuracy, impossible("why", ("F", "M")), np.arange(3), 0)).all()
    value, low, high = interval(accuracy, coin([1, 0]), np.array([4, 4]), 0)
    assert value == 0.5
    assert np.isnan([low, high]).all()
    assert np.isnan(percentile(np.array([np.nan, np.nan, 1.0]))).all()
