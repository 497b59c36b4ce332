"""Calibration error and Brier score against closed forms and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from brainaging.pipeline.stats import brier_score, expected_calibration_error
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.scores import point


def _pred(male: np.ndarray, truth: np.ndarray) -> Predictions:
    score = np.column_stack([1 - male, male])
    rows = np.arange(len(male))
    return Predictions(rows, np.zeros(len(male), int), truth, score.argmax(1), score, ("F", "M"), 0)


def test_confidence_that_is_not_kept_is_the_error() -> None:
    pred = _pred(np.full(100, 0.95), np.r_[np.ones(70, int), np.zeros(30, int)])
    assert point(expected_calibration_error, pred) == pytest.approx(0.25)


def test_a_calibrated_classifier_has_little_error_and_a_sure_one_has_more() -> None:
    random = np.random.default_rng(0)
    male = random.random(20000)
    truth = (random.random(20000) < male).astype(int)
    assert point(expected_calibration_error, _pred(male, truth)) < 0.01
    sure = np.where(male > 0.5, 0.99, 0.01)
    assert point(expected_calibration_error, _pred(sure, truth)) > 0.2


def test_brier_is_scikit_learns_for_two_classes() -> None:
    random = np.random.default_rng(1)
    male, truth = random.random(50), random.integers(0, 2, 50)
    assert point(brier_score, _pred(male, truth)) == pytest.approx(brier_score_loss(truth, male))


def test_a_prediction_counted_twice_counts_twice() -> None:
    random = np.random.default_rng(2)
    male, truth = random.random(10), random.integers(0, 2, 10)
    pred, twice = _pred(male, truth), _pred(np.r_[male, male[:3]], np.r_[truth, truth[:3]])
    weights = np.ones((1, 10))
    weights[0, :3] = 2
    for metric in (brier_score, expected_calibration_error):
        assert metric(pred, weights)[0] == pytest.approx(point(metric, twice))
