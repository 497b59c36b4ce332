"""Folds of standardised columns: fitted on training rows, columns kept in place."""

import numpy as np
import pytest

from brainaging.pipeline.stats.sample_space import fold_spaces
from brainaging.pipeline.stats.table_spaces import table_spaces


def test_columns_are_standardised_on_training_rows_up_to_one_number(plant_table):
    made = plant_table()
    (space, *_) = table_spaces(made.values, made.grouped)
    train = made.values[space.train_idx]
    expected = (train - train.mean(axis=0)) / train.std(axis=0)
    np.testing.assert_allclose(space.train * np.sqrt(24), expected, atol=1e-8)
    assert (space.train**2).sum() / len(space.train) == pytest.approx(1)


def test_test_rows_change_nothing_that_is_fitted(plant_table):
    made = plant_table()
    changed = made.values.copy()
    changed[made.grouped[0][1][1:]] = 99
    one, other = (table_spaces(values, made.grouped[:1])[0] for values in (made.values, changed))
    np.testing.assert_array_equal(one.train, other.train)
    np.testing.assert_array_equal(one.test[0], other.test[0])


def test_a_constant_or_repeated_column_stays_in_place_as_zeros(plant_table):
    made = plant_table()
    wide = np.column_stack([made.values[:, 0], np.full(160, 3.0), made.values[:, 0], made.values[:, 1]])
    (space, *_) = table_spaces(wide, made.grouped)
    assert (space.train[:, [1, 2]] == 0).all()
    assert (space.train[:, [0, 3]].std(axis=0) > 0).all()


def test_residuals_know_nothing_of_head_size_and_lack_those_whose_head_is_unknown(plant_table):
    made = plant_table(size=1.0)
    size = made.subjects.head_size.copy()
    size[:7] = np.nan
    (space, *_) = table_spaces(made.values, made.grouped, head_size=size, method="residualised")
    assert not np.isin(np.arange(7), [*space.train_idx, *space.test_idx]).any()
    correlation = [np.corrcoef(column, size[space.train_idx])[0, 1] for column in space.train.T]
    assert np.abs(correlation).max() < 1e-8
    proportional = table_spaces(made.values, made.grouped, head_size=size, method="proportional")
    assert proportional[0].train.shape == space.train.shape


@pytest.mark.parametrize("method", ["raw", "residualised"])
def test_a_fold_in_which_no_column_differs_is_zeros_and_no_error(plant_table, method):
    made = plant_table(n=8)
    # two people lie on their own line in head size
    few = [(np.array([0, 2]), np.array([1, 3]))]
    values = np.ones_like(made.values) if method == "raw" else made.values
    (space,) = table_spaces(values, few, head_size=made.subjects.head_size, method=method)
    assert space.train.shape == space.test.shape == (2, 24)
    assert not space.train.any()
    assert not space.test.any()


def test_the_table_and_its_rotation_tell_the_same_of_people(plant_table):
    made = plant_table()
    plain = table_spaces(made.values, made.grouped)
    turned = fold_spaces(made.values, made.grouped, table=True)
    for one, other in zip(plain, turned, strict=True):
        np.testing.assert_allclose(one.test @ one.train.T, other.test @ other.train.T, atol=1e-8)
