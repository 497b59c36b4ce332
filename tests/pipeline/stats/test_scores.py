import numpy as np
import pytest
from sklearn import metrics as sk

from brainaging.pipeline.stats.predictions import Predictions, gather, impossible, shared_rows
from brainaging.pipeline.stats.scores import (
    accuracy,
    auc,
    balanced_accuracy,
    correlation,
    error_age_correlation,
    mae,
    point,
    r_squared,
)


def classes(truth, share, fold=None, names=("F", "M")):
    truth, share = np.asarray(truth), np.asarray(share, dtype=float)
    share = np.column_stack([1 - share, share]) if share.ndim == 1 else share
    fold = np.zeros(len(truth), dtype=int) if fold is None else np.asarray(fold)
    return Predictions(np.arange(len(truth)), fold, truth, share.argmax(axis=1), share, tuple(names), 10)


def years(truth, guess, fold=None):
    truth, guess = np.asarray(truth, dtype=float), np.asarray(guess, dtype=float)
    fold = np.zeros(len(truth), dtype=int) if fold is None else np.asarray(fold)
    return Predictions(np.arange(len(truth)), fold, truth, guess, np.empty((len(truth), 0)), (), 10)


def test_class_metrics_equal_scikit_learns_with_ties():
    rng = np.random.default_rng(0)
    truth, share = rng.integers(0, 2, 50), rng.integers(0, 8, 50) / 8
    pred = classes(truth, share)
    assert point(accuracy, pred) == pytest.approx(sk.accuracy_score(truth, pred.predicted))
    assert point(balanced_accuracy, pred) == pytest.approx(sk.balanced_accuracy_score(truth, pred.predicted))
    assert point(auc, pred) == pytest.approx(sk.roc_auc_score(truth, share))


def test_many_class_auc_is_one_against_rest():
    rng = np.random.default_rng(0)
    truth, share = rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60)
    pred = classes(truth, share, names="abc")
    assert point(auc, pred) == pytest.approx(sk.roc_auc_score(truth, share, multi_class="ovr"))


def test_weights_count_a_row_as_often_as_it_was_drawn():
    rng = np.random.default_rng(0)
    truth, share = rng.integers(0, 2, 30), rng.random(30)
    counts = rng.integers(0, 4, 30)
    again = np.repeat(np.arange(30), counts)
    for metric in (accuracy, balanced_accuracy, auc):
        drawn = point(metric, classes(truth[again], share[again]))
        assert metric(classes(truth, share), counts[None].astype(float))[0] == pytest.approx(drawn)
    truth, guess = rng.normal(size=30), rng.normal(size=30)
    for metric in (mae, correlation, r_squared, error_age_correlation):
        drawn = point(metric, years(truth[again], guess[again]))
        assert metric(years(truth, guess), counts[None].astype(float))[0] == pytest.approx(drawn)


def test_year_metrics_equal_scikit_learns():
    rng = np.random.default_rng(0)
    truth = rng.uniform(20, 40, 50)
    guess = truth + rng.normal(size=50)
    pred = years(truth, guess)
    assert point(mae, pred) == pytest.approx(sk.mean_absolute_error(truth, guess))
    assert point(r_squared, pred) == pytest.approx(sk.r2_score(truth, guess))
    assert point(correlation, pred) == pytest.approx(np.corrcoef(truth, guess)[0, 1])


def test_only_scores_of_one_fold_are_compared():
    # each fold ranks perfectly; fold 1's scores all lie above fold 0's
    pred = classes([0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9], fold=[0, 0, 1, 1])
    assert point(auc, pred) == 1.0
    constant = years([20, 30, 30, 40], [5, 5, 9, 9], fold=[0, 0, 1, 1])
    assert np.isnan(point(correlation, constant))


def test_what_is_undefined_is_nan():
    assert np.isnan(point(balanced_accuracy, classes([1, 1], [0.9, 0.2])))
    assert np.isnan(point(auc, classes([1, 1], [0.9, 0.2])))
    assert np.isnan(point(r_squared, years([30, 30], [29, 31])))
    assert np.isnan(point(accuracy, impossible("why", ("F", "M"))))


def test_shared_rows_pair_by_fold_and_subject():
    one = gather([classes([0, 1], [0.1, 0.9], fold=[0, 0]), classes([0, 1], [0.3, 0.7], fold=[1, 1])])
    other = one.only(np.array([3, 0]))
    left, right = shared_rows(one, other)
    np.testing.assert_array_equal(left.fold, [0, 1])
    np.testing.assert_array_equal(left.index, right.index)
    np.testing.assert_array_equal(left.score, right.score)
