"""Features of a table: columns stay columns, components are rotated, head size goes out where it is known."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.experiments.feature_sets import FoldedData
from brainaging.pipeline.experiments.table.table_features import PROPORTIONAL, RESIDUALISED, table_features
from brainaging.pipeline.stats import FoldEncoding


@pytest.fixture(scope="module")
def data(plant_table):
    made = plant_table(n=40, size=2.0)
    codes = [
        FoldEncoding(train, test, made.values[train][:, :3], made.values[test][:, :3], None, "coder-3", 3)
        for train, test in made.grouped
    ]
    names = list(made.columns.index)
    return FoldedData(made.values, made.subjects, made.grouped, made.random, codes), names


def test_columns_and_latents_are_on_the_same_folds(data):
    table, latents = table_features(*data)
    assert (table.features, latents.features, latents.codes) == ("table", "latents", 3)
    for features, width in ((table, 24), (latents, 3)):
        assert [space.number for space in features.grouped] == [0, 1, 2, 3]
        assert features.grouped[0].train.shape[1] == width
        spread = (features.components[0].train ** 2).sum(axis=0)
        assert (np.diff(spread) <= 1e-9).all()
    assert [space.number for space in table.random] == [4, 5, 6, 7]


def test_head_size_is_taken_out_of_training_columns_and_left_in_without_any(data):
    folded, names = data
    table = table_features(folded, names)[0]
    assert set(table.adjusted) == {RESIDUALISED, PROPORTIONAL}
    size = folded.subjects.head_size
    for spaces, bound in ((table.adjusted[RESIDUALISED], 1e-9), (table.grouped, np.inf)):
        rows = spaces[0].train_idx
        r = np.corrcoef(spaces[0].train.T, size[rows])[-1, :-1]
        assert np.abs(r).max() < bound
    nobody = replace(folded.subjects, head_size=np.full(40, np.nan))
    assert table_features(replace(folded, subjects=nobody), names)[0].adjusted == {}
