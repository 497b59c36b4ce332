"""What is chosen inside a training fold."""

import numpy as np

from brainaging.pipeline.stats.model_choice import age_folds, choose, inner_folds, inner_predictions


def test_inner_folds_keep_groups_together_and_survive_a_rare_class():
    groups = np.arange(40) // 2
    y = np.r_[0, np.ones(20, dtype=int), np.full(19, 2)]
    folds = inner_folds(y, groups, 0)
    assert len(folds) == 3
    for fit, test in folds:
        assert not np.intersect1d(groups[fit], groups[test]).size


def test_the_least_summed_loss_is_chosen_the_first_of_equals_and_the_default_of_no_folds():
    folds = [(np.arange(2), np.arange(2, 4)), (np.arange(2, 4), np.arange(2))]
    losses = {"a": 3.0, "b": 1.0, "c": 1.0}
    assert choose(list(losses), folds, lambda name, fit, test: losses[name], "a") == "b"
    assert choose(list(losses), [], lambda name, fit, test: losses[name], "a") == "a"


def test_a_loss_never_sees_a_row_on_both_sides_and_every_row_is_tested_once():
    years, groups = np.random.default_rng(0).uniform(20, 40, 30), np.arange(30) // 2
    folds = age_folds(years, groups, 0)
    tested = np.concatenate([test for _, test in folds])
    np.testing.assert_array_equal(np.sort(tested), np.arange(30))
    predicted = inner_predictions(lambda fit, test: np.isin(test, fit).astype(float), folds, 31)
    np.testing.assert_array_equal(predicted[:30], 0)
    assert np.isnan(predicted[30])
    assert all(not np.intersect1d(groups[fit], groups[test]).size for fit, test in folds)


def test_too_few_groups_have_no_inner_folds():
    assert inner_folds(np.arange(10) % 2, np.arange(10) // 2, 0) == []
