import numpy as np
import pytest
from scipy.stats import kstest

from brainaging.pipeline.stats.permutation import permutation_test
from brainaging.pipeline.stats.sample_space import fold_spaces


def run(made, labels, seed=0, count=199, folds=None):
    spaces = fold_spaces(made.features, folds or made.grouped)
    return permutation_test(spaces, labels, made.groups, np.random.default_rng(seed), count)


def test_planted_effects_are_significant(plant):
    made = plant(sex_effect=3.0, age_effect=2.0)
    brackets = np.array(["a", "b", "c"])[np.digitize(made.years, [27, 34])]
    for labels, name in ((made.sex, "auc"), (brackets, "auc"), (made.years, "r")):
        outcome = run(made, labels)
        assert outcome.p == 1 / 200
        assert outcome.statistic == name


@pytest.mark.parametrize("kind", ["sex", "years"])
def test_p_is_uniform_under_the_null(plant, kind):
    values = []
    for seed in range(60):
        made = plant(n=80, p=30, family=1.0, shared_sex=True, seed=seed)
        values.append(run(made, getattr(made, kind), seed, 99).p)
    assert kstest(values, "uniform").pvalue > 0.01
    assert np.mean(np.array(values) <= 0.05) <= 0.15


def test_the_statistic_is_the_plain_ridges_out_of_fold_auc(plant):
    from sklearn.linear_model import Ridge
    from sklearn.metrics import roc_auc_score

    from brainaging.pipeline.stats.permutation import PENALTY

    made = plant(sex_effect=1.5)
    space = fold_spaces(made.features, made.grouped[:1])[0]
    male = (made.sex == "M").astype(float)
    guess = Ridge(PENALTY).fit(space.train, male[space.train_idx]).predict(space.test)
    expected = roc_auc_score(male[space.test_idx], guess)
    assert run(made, made.sex, folds=made.grouped[:1]).value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("labels", "reason"), [(np.array(["F"] * 8), "1 different labels"), (np.full(8, np.nan), "0 different labels")]
)
def test_labels_without_contrast_give_no_p(labels, reason):
    spaces = fold_spaces(np.eye(8), [(np.arange(4), np.arange(4, 8))])
    outcome = permutation_test(spaces, labels, np.arange(8), np.random.default_rng(0), 9)
    assert np.isnan(outcome.p)
    assert reason in outcome.reason


def test_a_fold_without_contrast_gives_no_p():
    spaces = fold_spaces(np.eye(8), [(np.arange(7), np.array([7]))])
    outcome = permutation_test(spaces, np.array(["F", "M"] * 4), np.arange(8), np.random.default_rng(0), 9)
    assert "no fold" in outcome.reason


def test_a_block_of_relabellings_at_a_time_gives_the_same_p(plant, monkeypatch):
    made = plant(sex_effect=0.4, age_effect=0.3)
    whole = [run(made, labels) for labels in (made.sex, made.years)]
    monkeypatch.setattr("brainaging.networks.linear.row_blocks.BLOCK_BYTES", 8 * 160 * 7)
    for labels, expected in zip((made.sex, made.years), whole, strict=True):
        found = run(made, labels)
        assert found.p == expected.p
        assert found.value == pytest.approx(expected.value, rel=1e-12)


def test_many_rows_give_the_same_p_without_a_matrix_of_rows_by_rows(plant, monkeypatch):
    made = plant(p=30, sex_effect=0.4, age_effect=0.3)
    dual = [run(made, labels) for labels in (made.sex, made.years)]
    monkeypatch.setattr("brainaging.pipeline.stats.permutation.MOST_ROWS", 20)
    for labels, expected in zip((made.sex, made.years), dual, strict=True):
        found = run(made, labels)
        assert found.p == expected.p
        assert found.value == pytest.approx(expected.value, rel=1e-9)
