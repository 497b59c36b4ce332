"""Brackets in their order, whatever their names are."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from brainaging.pipeline.stats.learners import classify_ordinal
from brainaging.pipeline.stats.learners.ordinal import bracket_distance, quadratic_kappa, ranks
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.scores import point
from brainaging.pipeline.stats.table_spaces import table_spaces


def test_brackets_are_ordered_by_their_numbers_not_by_their_text():
    assert ranks(("100+", "13-17", "8-12")).tolist() == [2, 1, 0]
    assert ranks(("22-25", "26-30", "31-35", "36+")).tolist() == [0, 1, 2, 3]
    assert ranks(("old", "young", "3-5")).tolist() == [1, 2, 0]


def test_names_that_sort_otherwise_change_nothing(plant_table):
    made = plant_table(n=240, age=4.0)
    step = np.digitize(made.subjects.years, [33, 47])
    spaces = table_spaces(made.values, made.grouped)
    one, other = (
        classify_ordinal(spaces, np.array(names)[step], made.groups, 0)
        for names in (["08-12", "13-17", "18-22"], ["8-12", "13-17", "18-22"])
    )
    for metric in (bracket_distance, quadratic_kappa):
        assert point(metric, one) == pytest.approx(point(metric, other))
    assert other.classes == ("13-17", "18-22", "8-12")
    np.testing.assert_allclose(other.score[:, [2, 0, 1]], one.score)


def test_quadratic_kappa_is_scikit_learns_for_any_weights():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 60)
    guess = np.clip(truth + rng.integers(-1, 2, 60), 0, 3)
    rows = np.arange(60)
    pred = Predictions(rows, rows * 0, truth, guess, np.zeros((60, 4)), ("22-25", "26-30", "31-35", "36+"), 60)
    weights = rng.integers(1, 4, (2, 60))
    wanted = [cohen_kappa_score(truth, guess, weights="quadratic", sample_weight=each) for each in weights]
    np.testing.assert_allclose(quadratic_kappa(pred, weights.astype(float)), wanted)
    same = Predictions(rows, rows * 0, rows * 0, rows * 0, np.zeros((60, 4)), pred.classes, 60)
    assert np.isnan(point(quadratic_kappa, same))
