"""A table's reconstruction: in training standard deviations, over known cells, beside as many components."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.table.reconstruction_error import table_errors
from brainaging.pipeline.results import ErrorRatio, Reconstruction, Scoring
from brainaging.pipeline.stats import FoldEncoding

N = 24
SCORING = Scoring("toy", "table", 0, np.arange(N) // 2, 50)


def values():
    rng = np.random.default_rng(0)
    return 100 + 10 * rng.normal(size=(N, 6))


def encoded(table, off, codes=2):
    """Return two folds whose reconstructions are ``off`` training standard deviations away everywhere."""
    rows = np.arange(N)
    folds = []
    for test in (rows[:12], rows[12:]):
        train = np.setdiff1d(rows, test)
        spread = np.nanstd(table[train], axis=0)
        rebuilt = np.nan_to_num(table[test]) + off * spread
        folds.append(FoldEncoding(train, test, table[train], table[test], rebuilt, "coder", codes))
    return folds


def test_errors_are_in_training_standard_deviations_over_known_cells():
    table = values()
    table[0, 0] = np.nan
    own, pca, ratio = table_errors(table, encoded(table, 0.5), SCORING)
    assert isinstance(own, Reconstruction)
    assert (own.metric, own.target, own.model, own.codes) == ("table_mse", "table", "autoencoder", 2)
    assert own.value == pytest.approx(0.25)
    assert (own.baseline, own.baseline_codes, own.baseline_value) == ("pca", 2, pca.value)
    assert (pca.model, pca.codes, pca.baseline) == ("pca", 2, "")
    assert isinstance(ratio, ErrorRatio)
    assert ratio.value == pytest.approx(own.value / pca.value)
    assert (own.n_train, own.n_test) == (12, 24)


def test_components_are_no_more_than_people_or_columns_allow():
    table = values()
    _, pca, _ = table_errors(table, encoded(table, 0.5, codes=80), SCORING)
    assert pca.codes == 6
    assert pca.value == pytest.approx(0, abs=1e-12)


def test_without_reconstructions_there_are_no_errors():
    assert table_errors(values(), [], SCORING) == []
