"""The grid of models: all twelve answer, and none sees a test row."""

import numpy as np
import pytest

from brainaging.pipeline.stats.learners import classify_ordinal, cross_validate, model_names
from brainaging.pipeline.stats.learners.model_grid import SUPPORT_VECTORS
from brainaging.pipeline.stats.learners.ordinal import bracket_distance
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.scores import accuracy, point
from brainaging.pipeline.stats.table_spaces import table_spaces


def test_the_grid_is_four_learners_by_three_schemes_and_four_for_two_classes():
    assert len(model_names(4)) == len(set(model_names(4))) == 12
    assert model_names(2) == ["logistic_regression", "random_forest", "knn", "decision_tree"]


@pytest.mark.parametrize("name", [*model_names(3), SUPPORT_VECTORS])
def test_every_model_finds_planted_ageing_and_scores_every_bracket(plant_table, name):
    made = plant_table(n=240, age=4.0)
    spaces = table_spaces(made.values, made.grouped)
    pred = cross_validate(name, spaces, made.subjects.age_bracket, made.groups, 0)
    assert sorted(pred.index) == list(range(240))
    assert pred.score.shape == (240, 3)
    share = max(np.unique(made.subjects.age_bracket, return_counts=True)[1]) / 240
    assert point(accuracy, pred) > share + 0.08


def test_the_grids_logistic_regression_is_the_probes(plant_table):
    made = plant_table(sex=2.0)
    spaces = table_spaces(made.values, made.grouped)
    one = cross_validate("logistic_regression", spaces, made.subjects.sex, made.groups, 3)
    other = classify(spaces, made.subjects.sex, made.groups, 3)
    np.testing.assert_array_equal(one.predicted, other.predicted)
    np.testing.assert_allclose(one.score, other.score)


def test_a_class_of_a_few_people_is_no_error_for_any_model(plant_table):
    made = plant_table(n=60)
    labels = made.subjects.age_bracket.copy()
    labels[:] = "22-25"
    labels[:25], labels[25:28] = "26-30", "36+"
    spaces = table_spaces(made.values, made.grouped)
    for name in (*model_names(3), SUPPORT_VECTORS):
        assert len(cross_validate(name, spaces, labels, made.groups, 0)) == 60, name


def test_one_class_is_no_error_and_says_why(plant_table):
    made = plant_table()
    spaces = table_spaces(made.values, made.grouped)
    pred = cross_validate("knn", spaces, np.full(160, "F"), made.groups, 0)
    assert "F only" in pred.reason
    assert "three brackets needed" in classify_ordinal(spaces, made.subjects.sex, made.groups, 0).reason


@pytest.mark.slow
def test_ordinal_handling_is_nearer_in_brackets_than_nominal_where_order_is_all_there_is(plant_table):
    gaps = []
    for seed in range(4):
        made = plant_table(n=300, age=1.5, seed=seed)
        steps = np.digitize(made.subjects.years, np.arange(26, 60, 6))
        labels = np.array([f"{20 + 6 * step}" for step in steps])
        spaces = table_spaces(made.values, made.grouped)
        predictions = [method(spaces, labels, made.groups, 0) for method in (classify_ordinal, classify)]
        gaps.append([point(bracket_distance, pred) for pred in predictions])
    ordinal, nominal = np.mean(gaps, axis=0)
    assert ordinal < nominal
    probabilities = predictions[0].score
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (probabilities > -1e-12).all()
