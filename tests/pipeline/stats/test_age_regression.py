"""Age in years by ridge regression, and its bias line."""

import numpy as np
import pytest

from brainaging.pipeline.stats.age_regression import bias_line, choose_alpha, regress
from brainaging.pipeline.stats.bootstrap import interval
from brainaging.pipeline.stats.sample_space import fold_spaces
from brainaging.pipeline.stats.scores import correlation, mae, point


def test_planted_age_is_found_and_the_correction_removes_the_bias(plant):
    made = plant(n=300, age_effect=1.5)
    predicted = regress(fold_spaces(made.features, made.grouped), made.years, made.groups, 0)
    assert interval(correlation, predicted.raw, made.groups, 0)[1] > 0.5
    assert point(mae, predicted.raw) < 5.0
    slopes = [np.polyfit(pred.truth, pred.predicted, 1)[0] for pred in (predicted.raw, predicted.corrected)]
    assert slopes[0] < 0.9
    assert slopes[1] == pytest.approx(1.0, abs=0.15)


def test_the_bias_line_is_fitted_on_training_ages_alone(plant):
    made = plant(n=200, age_effect=1.5)
    spaces = fold_spaces(made.features, made.grouped)
    other = made.years.copy()
    fold = made.grouped[0][1]
    other[fold] = other[fold][::-1] + 3
    one, two = (regress(spaces, years, made.groups, 0) for years in (made.years, other))
    for pair in ((one.raw, two.raw), (one.corrected, two.corrected)):
        np.testing.assert_array_equal(*(pred.predicted[pred.fold == 0] for pred in pair))


def test_age_without_signal_is_not_corrected_and_says_why(plant):
    made = plant()
    predicted = regress(fold_spaces(made.features, made.grouped), made.years, made.groups, 0)
    assert len(predicted.raw) == len(made.years)
    assert len(predicted.corrected) == 0
    assert "slope" in predicted.corrected.reason


def test_one_age_for_all_says_why():
    spaces = fold_spaces(np.eye(8), [(np.arange(4), np.arange(4, 8))])
    predicted = regress(spaces, np.full(8, 30.0), np.arange(8), 0)
    assert "two different ages needed, found 1" in predicted.raw.reason


def test_alpha_of_noise_is_the_largest():
    rng = np.random.default_rng(0)
    alpha, line = choose_alpha(rng.normal(size=(90, 200)) / 14, rng.normal(size=90), np.arange(90), 0)
    assert alpha == 100.0
    assert line is not None
    assert abs(line[1]) < 0.1


def test_the_bias_line_is_the_planted_one_and_needs_two_ages():
    years = np.array([20.0, 30.0, 40.0, 50.0])
    predicted = np.array([28.0, 31.0, 34.0, np.nan])
    assert bias_line(predicted, years) == pytest.approx((22.0, 0.3))
    assert bias_line(predicted, np.full(4, 30.0)) is None
    assert bias_line(np.array([1.0, np.nan, np.nan, np.nan]), years) is None


def test_a_fold_too_small_to_choose_takes_the_default_and_has_no_line():
    assert choose_alpha(np.eye(4), np.arange(4.0), np.arange(4), 0) == (1.0, None)
