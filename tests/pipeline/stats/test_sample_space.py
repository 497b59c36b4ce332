import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.sample_space import fold_spaces, gram, rotate, standardise


@pytest.fixture
def wide():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 300)) * np.linspace(3, 0.1, 300) + 5
    y = (x[:, 0] + rng.normal(size=60) > 5).astype(int)
    return x, y, np.arange(40), np.arange(40, 60)


def scale_of(x):
    centred = x - x.mean(axis=0)
    return np.sqrt((centred**2).sum() / len(x))


@pytest.mark.parametrize("penalty", [1.0, 100.0])
def test_logistic_regression_in_sample_space_equals_the_plain_one_on_all_features(wide, penalty):
    x, y, train, test = wide
    space = fold_spaces(x, [(train, test)])[0]
    scaled = (x - x[train].mean(0)) / scale_of(x[train])
    plain = LogisticRegression(C=penalty, tol=1e-10, max_iter=5000).fit(scaled[train], y[train])
    ours = LogisticRegression(C=penalty, tol=1e-10, max_iter=5000).fit(space.train, y[train])
    expected = plain.decision_function(scaled[test])
    np.testing.assert_allclose(ours.decision_function(space.test), expected, rtol=1e-4, atol=1e-4)


def test_ridge_in_sample_space_equals_the_plain_one_also_with_more_subjects_than_features(wide):
    x, _, train, test = wide
    years = x[:, :3].sum(axis=1)
    for features in (x, x[:, :5]):
        space = fold_spaces(features, [(train, test)])[0]
        scaled = (features - features[train].mean(0)) / scale_of(features[train])
        expected = Ridge(0.3).fit(scaled[train], years[train]).predict(scaled[test])
        ours = Ridge(0.3).fit(space.train, years[train]).predict(space.test)
        np.testing.assert_allclose(ours, expected, rtol=1e-6)


def test_scores_are_principal_components_on_one_scale(wide):
    x, _, train, test = wide
    space = fold_spaces(x, [(train, test)])[0]
    assert np.mean((space.train**2).sum(axis=1)) == pytest.approx(1.0)
    pca = PCA(5).fit(x[train])
    ours, theirs = space.test[:, :5] * scale_of(x[train]), pca.transform(x[test])
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=1e-6, atol=1e-8)


def test_the_unit_of_the_features_does_not_matter(wide):
    x, _, train, test = wide
    one, other = (fold_spaces(values, [(train, test)])[0] for values in (x, 1000 * x + 7))
    np.testing.assert_allclose(np.abs(one.test), np.abs(other.test), rtol=1e-5, atol=1e-8)


def test_no_test_row_moves_the_training_scores_or_another_test_row(wide):
    x, _, train, test = wide
    spoiled = x.copy()
    spoiled[test[1:]] += 1e3
    for table in (False, True):
        clean, dirty = (fold_spaces(values, [(train, test)], table=table)[0] for values in (x, spoiled))
        np.testing.assert_allclose(clean.train, dirty.train, atol=1e-9)
        np.testing.assert_allclose(clean.test[0], dirty.test[0], atol=1e-9)


def test_fold_features_may_be_a_list_or_a_function_of_the_fold(wide):
    x, _, train, test = wide
    folds = [(train, test), (test, train)]
    whole = fold_spaces(x, folds)
    for features in ([(x[a], x[b]) for a, b in folds], lambda k: (x[folds[k][0]], x[folds[k][1]])):
        for one, other in zip(whole, fold_spaces(features, folds), strict=True):
            np.testing.assert_allclose(np.abs(one.test), np.abs(other.test), atol=1e-8)


def test_a_table_is_standardised_and_filled_from_training_alone():
    train = np.array([[1.0, 10.0, 3.0], [3.0, np.nan, 3.0], [5.0, 30.0, 3.0]])
    test = np.array([[np.nan, 20.0, 9.0]])
    made, ahead = standardise(train, test)
    np.testing.assert_allclose(made[:, 0], np.array([-2, 0, 2]) / np.sqrt(8 / 3))
    assert made[1, 1] == 0
    assert (made[:, 2] == 0).all()
    np.testing.assert_array_equal(ahead, [[0, 0, 0]])


def test_gram_sums_blocks_of_columns(monkeypatch):
    monkeypatch.setattr("brainaging.pipeline.stats.sample_space._CHUNK", 7)
    x = np.random.default_rng(1).normal(size=(4, 30))
    np.testing.assert_allclose(gram(x, x[:2]), x @ x[:2].T)


def test_constant_features_give_one_zero_column():
    train, test = rotate(np.full((4, 4), 9.0), np.full((2, 4), 9.0))
    assert train.shape == (4, 1)
    assert test.shape == (2, 1)
    assert not train.any()
    assert not test.any()


def test_features_that_do_not_fit_or_are_not_finite_are_named():
    x = np.zeros((4, 3))
    fold = (np.array([0, 1]), np.array([2, 3]))
    with pytest.raises(UserError, match="fold 0: expected 2 training and 2 test rows, found 4 and 2"):
        fold_spaces([(x, x[:2])], [fold])
    x[3, 1] = np.nan
    with pytest.raises(UserError, match="NaN or infinity in 1 rows, first row 3"):
        fold_spaces(x, [fold])


@pytest.fixture(params=["few features", "many features"])
def many(request, monkeypatch):
    """More training rows than a matrix of rows by rows is made for: low rank, and a little noise of 300 voxels."""
    monkeypatch.setattr("brainaging.networks.linear.row_blocks.BLOCK_BYTES", 30_000)
    if request.param == "many features":
        monkeypatch.setattr("brainaging.networks.linear.leading_space.MOST_ROWS", 200)
        monkeypatch.setattr("brainaging.pipeline.stats.sample_space.MOST_COMPONENTS", 30)
    rng = np.random.default_rng(1)
    causes = rng.normal(size=(320, 12)) * np.linspace(3, 1, 12)
    x = causes @ rng.normal(size=(12, 300)) + 0.01 * rng.normal(size=(320, 300)) + 5
    x = x.astype(np.float32)
    return x, causes, [(np.arange(250), np.arange(250, 320)), (np.arange(70, 320), np.arange(70))]


def both_ways(features, folds, monkeypatch, **words):
    few = fold_spaces(features, folds, **words)
    monkeypatch.setattr("brainaging.pipeline.stats.sample_space.MOST_ROWS", 200)
    return few, fold_spaces(features, folds, **words)


@pytest.mark.parametrize("form", ["whole", "pairs", "table"])
def test_ridge_and_logistic_regression_predict_the_same_from_many_rows(many, form, monkeypatch):
    x, causes, folds = many
    features = [(x[a], x[b]) for a, b in folds] if form == "pairs" else x
    few, led = both_ways(features, folds, monkeypatch, table=form == "table")
    years, sex = causes[:, 0] - causes[:, 5], causes[:, 1] + 0.3 * causes[:, 8] > 0
    for one, other in zip(few, led, strict=True):
        train = one.train_idx
        expected, found = (
            (
                Ridge(1.0).fit(space.train, years[train]).predict(space.test),
                LogisticRegression(C=1.0, tol=1e-8, max_iter=5000)
                .fit(space.train, sex[train])
                .predict_proba(space.test)[:, 1],
            )
            for space in (one, other)
        )
        np.testing.assert_allclose(found[0], expected[0], atol=2e-3 * years.std())
        np.testing.assert_allclose(found[1], expected[1], atol=2e-3)
        assert other.train.shape[1] <= one.train.shape[1]
        assert other.kept == pytest.approx(np.mean((other.train**2).sum(axis=1)), abs=1e-8)
        assert other.kept > 0.999


def test_components_of_many_rows_are_those_of_few_on_one_scale(many, monkeypatch):
    x, _, folds = many
    few, led = both_ways(x, folds, monkeypatch)
    for one, other in zip(few, led, strict=True):
        np.testing.assert_allclose(np.abs(other.train[:, :12]), np.abs(one.train[:, :12]), atol=1e-4)
        np.testing.assert_allclose(np.abs(other.test[:, :12]), np.abs(one.test[:, :12]), atol=1e-4)


def test_no_test_row_moves_the_training_scores_of_many_rows(many, monkeypatch):
    x, _, folds = many
    monkeypatch.setattr("brainaging.pipeline.stats.sample_space.MOST_ROWS", 200)
    spoiled = x.copy()
    spoiled[251:] += 1e3
    clean, dirty = (fold_spaces(values, folds[:1])[0] for values in (x, spoiled))
    np.testing.assert_array_equal(clean.train, dirty.train)
    np.testing.assert_allclose(clean.test[0], dirty.test[0], atol=1e-9)


def test_constant_features_of_many_rows_give_one_zero_column(monkeypatch):
    monkeypatch.setattr("brainaging.pipeline.stats.sample_space.MOST_ROWS", 20)
    space = fold_spaces(np.full((40, 3), 9.0), [(np.arange(30), np.arange(30, 40))])[0]
    assert (space.train.shape, space.test.shape) == ((30, 1), (10, 1))
    assert not space.train.any()
    assert not space.test.any()


def test_blocks_of_columns_standardise_bit_for_bit_and_find_every_row_that_is_not_finite(monkeypatch):
    rng = np.random.default_rng(2)
    table = rng.normal(size=(40, 30)) * np.linspace(1, 1e4, 30)
    table[rng.random(table.shape) < 0.1] = np.nan
    whole = standardise(table[:30], table[30:])
    monkeypatch.setattr("brainaging.networks.linear.row_blocks.BLOCK_BYTES", 8 * 30 * 4)
    for one, other in zip(whole, standardise(table[:30], table[30:]), strict=True):
        np.testing.assert_array_equal(one, other)
    x = rng.normal(size=(40, 30))
    x[[7, 33], 4] = np.inf
    with pytest.raises(UserError, match="NaN or infinity in 2 rows, first row 7"):
        fold_spaces(x, [(np.arange(30), np.arange(30, 40))])
