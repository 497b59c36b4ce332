"""Estimators for tables: scikit-learn's own checks, and the laws of head-size handling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from brainaging.transforms.morphometry import METHODS, HeadSizeAdjuster, KeepInformative, table_pipeline


@parametrize_with_checks(
    [
        KeepInformative(),
        HeadSizeAdjuster(),
        HeadSizeAdjuster("residualised"),
        HeadSizeAdjuster("residualised", head_size=0),
        # not "proportional": the checks' numbers are negative, which head sizes cannot be
    ]
)
def test_scikit_learn_accepts_them(estimator, check):
    check(estimator)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    size = rng.normal(1500, 120, 80)
    other = rng.normal(size=(80, 4)) + np.outer(size / 300, [1, -1, 0.5, 0])
    return np.column_stack([other, size])


def test_residuals_have_no_correlation_with_head_size_in_training_and_keep_their_means(table):
    adjusted = HeadSizeAdjuster("residualised").fit_transform(table)
    for column in range(4):
        assert abs(np.corrcoef(adjusted[:, column], table[:, -1])[0, 1]) < 1e-10
    np.testing.assert_allclose(adjusted.mean(axis=0), table.mean(axis=0))
    np.testing.assert_allclose(adjusted[:, -1], table[:, -1].mean())


def test_proportions_times_head_size_give_the_table_back(table):
    adjuster = HeadSizeAdjuster("proportional", exponents=[1, 2 / 3, 0, 1, 1]).fit(table + 100)
    adjusted = adjuster.transform(table + 100)
    ratio = (table[:, [-1]] + 100) / (table[:, -1].mean() + 100)
    np.testing.assert_allclose(adjusted * ratio ** np.array([1, 2 / 3, 0, 1, 0]), table + 100)


def test_gaps_are_no_difference_and_a_column_of_gaps_is_dropped():
    gap = np.nan
    table = np.array([[1, 1, gap, gap, 0.0, 2], [1, gap, gap, 3, -0.0, 2], [1, 1, gap, 4, 5, 3]])
    assert KeepInformative().fit(table).get_support().tolist() == [False, False, False, True, True, True]


def test_a_leak_through_scaling_is_found(table):
    """Fitted on everyone, the test rows' own mean is taken out of them; fitted on training rows, it is not."""
    shifted = table.copy()
    shifted[60:, :4] += 50
    leaking = table_pipeline("residualised").fit(shifted).transform(shifted[60:])
    honest = table_pipeline("residualised").fit(shifted[:60]).transform(shifted[60:])
    assert np.abs(honest.mean(axis=0)).min() > 10 * np.abs(leaking.mean(axis=0)).max()


def test_rows_and_columns_may_be_permuted(table):
    rows, columns = np.random.default_rng(1).permutation(80), np.array([3, 4, 1, 0, 2])
    for method in METHODS:
        plain = table_pipeline(method, 4).fit_transform(table + 100)
        other = table_pipeline(method, 1).fit_transform((table + 100)[rows][:, columns])
        order = columns if plain.shape[1] == 5 else columns[columns != 4]
        np.testing.assert_allclose(other, plain[rows][:, order], atol=1e-8)


def test_a_table_that_is_head_size_alone_has_nothing_left_after_proportions():
    size = np.linspace(1000, 1800, 30)
    adjusted = HeadSizeAdjuster("proportional").fit_transform(np.column_stack([3 * size, size]))
    assert np.ptp(adjusted[:, 0]) < 1e-9


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from(["raw", "residualised", "proportional"]))
def test_nothing_is_learned_from_the_rows_that_are_transformed(seed, method):
    rng = np.random.default_rng(seed)
    train, test = rng.uniform(1, 2, size=(2, 20, 5))
    fitted = table_pipeline(method).fit(train)
    alone = fitted.transform(test[:1])
    test[1:] = 1e3
    np.testing.assert_array_equal(fitted.transform(test)[:1], alone)


def test_gaps_take_the_training_median(table):
    holes = table.copy()
    holes[0, 0] = np.nan
    fitted = table_pipeline().fit(table)
    expected = table[:1].copy()
    expected[0, 0] = np.median(table[:, 0])
    np.testing.assert_allclose(fitted.transform(holes[:1]), fitted.transform(expected))


def test_constant_repeated_and_empty_columns_are_dropped_and_named(table):
    wide = np.column_stack([table, table[:, 1], np.full(80, 7.0), np.full(80, np.nan)])
    fitted = table_pipeline(head_size=4).fit(wide)
    kept = fitted.named_steps["informative"].get_support()
    np.testing.assert_array_equal(kept, [True] * 5 + [False] * 3)
    names = fitted[:-1].get_feature_names_out([f"c{i}" for i in range(8)])
    assert list(names) == ["c0", "c1", "c2", "c3", "c4"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "ratio"}, "expected raw, residualised, proportional, got 'ratio'"),
        ({"head_size": 5}, "expected a column of 5, got 5"),
        ({"exponents": [1, 2]}, "one for each of 5 columns"),
    ],
)
def test_a_wrong_setting_is_named(table, changes, words):
    with pytest.raises(ValueError, match=words):
        HeadSizeAdjuster(**changes).fit(table)


def test_head_sizes_that_are_not_positive_make_no_proportions(table):
    with pytest.raises(ValueError, match="positive head sizes"):
        HeadSizeAdjuster("proportional").fit(table - 1e4)
    with pytest.raises(ValueError, match="no column differs"):
        KeepInformative().fit(np.ones((3, 2)))
