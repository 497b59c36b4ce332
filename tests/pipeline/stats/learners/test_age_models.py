"""Models of age in years from a table."""

import numpy as np
import pytest

from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.learners import regress_table
from brainaging.pipeline.stats.scores import error_age_correlation, mae, point, r_squared
from brainaging.pipeline.stats.table_spaces import table_spaces


def test_every_age_model_beats_the_mean_and_correction_takes_the_bias(plant_table):
    made = plant_table(n=240, age=5.0)
    models = regress_table(table_spaces(made.values, made.grouped), made.subjects.years, made.groups, 0)
    assert set(models) == {"ridge", "gradient_boosting", "kernel_ridge"}
    spread = np.abs(made.subjects.years - made.subjects.years.mean()).mean()
    for name, pred in models.items():
        assert point(mae, pred.raw) < 0.8 * spread, name
        assert point(r_squared, pred.raw) > 0.3, name
        before, after = (point(error_age_correlation, one) for one in (pred.raw, pred.corrected))
        assert before < -0.3
        assert abs(after) < abs(before) / 2, name


def test_the_order_of_people_makes_no_difference(plant_table):
    made = plant_table(n=120, age=3.0)
    order = np.random.default_rng(2).permutation(120)
    place = np.argsort(order)
    folds = [(np.sort(place[train]), np.sort(place[test])) for train, test in made.grouped]
    one = regress(table_spaces(made.values, made.grouped), made.subjects.years, made.groups, 0).raw
    other = regress(table_spaces(made.values[order], folds), made.subjects.years[order], made.groups[order], 0).raw
    assert point(r_squared, one) == pytest.approx(point(r_squared, other), abs=0.05)
