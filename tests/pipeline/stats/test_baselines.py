import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.stats.baselines import majority, match, matched_rows, mean_age, residualise
from brainaging.pipeline.stats.bootstrap import interval
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import fold_spaces
from brainaging.pipeline.stats.scores import accuracy, auc, mae, point, r_squared


def test_a_head_size_effect_alone_vanishes_when_head_size_is_taken_out_or_matched(plant):
    raw, residual, matched = [], [], []
    for seed in range(4):
        made = plant(n=300, p=20, size_effect=4.0, seed=seed)
        spaces = fold_spaces(made.features, made.grouped)
        for intervals, treated in (
            (raw, spaces),
            (residual, [residualise(space, made.head_size) for space in spaces]),
            (matched, [match(space, made.sex, made.head_size) for space in spaces]),
        ):
            intervals.append(interval(auc, classify(treated, made.sex, made.groups, 0), made.groups, 0))
    assert min(low for _, low, _ in raw) > 0.7
    for intervals in (residual, matched):
        assert sum(low <= 0.5 <= high for _, low, high in intervals) >= 3
        # over all seeds its spread is under 0.03
        assert np.mean([value for value, _, _ in intervals]) == pytest.approx(0.5, abs=0.08)


def test_a_sex_effect_beside_head_size_survives_both(plant):
    made = plant(n=400, sex_effect=3.0, size_effect=2.0)
    spaces = fold_spaces(made.features, made.grouped)
    for treated in (
        [residualise(space, made.head_size) for space in spaces],
        [match(space, made.sex, made.head_size) for space in spaces],
    ):
        assert interval(auc, classify(treated, made.sex, made.groups, 0), made.groups, 0)[1] > 0.6


def test_residuals_on_scores_equal_residuals_on_every_feature(plant):
    made = plant(size_effect=2.0)
    train, test = made.grouped[0]
    design = np.column_stack([np.ones(len(train)), made.head_size[train]])
    ahead = np.column_stack([np.ones(len(test)), made.head_size[test]])
    lines = np.linalg.lstsq(design, made.features[train], rcond=None)[0]
    centred = made.features[train] - made.features[train].mean(0)
    norm = np.sqrt((centred**2).sum() / len(train))
    expected = (made.features[test] - ahead @ lines) @ (made.features[train] - design @ lines).T / norm**2
    space = residualise(fold_spaces(made.features, made.grouped)[0], made.head_size)
    np.testing.assert_allclose(space.test @ space.train.T, expected, atol=1e-8)


def test_residuals_and_matches_never_look_at_the_other_side(plant):
    made = plant(size_effect=2.0)
    space = fold_spaces(made.features, made.grouped)[0]
    size, sex = made.head_size.copy(), made.sex.copy()
    size[space.test_idx] *= 1.3
    sex[space.test_idx] = sex[space.test_idx][::-1]
    np.testing.assert_array_equal(residualise(space, size).train, residualise(space, made.head_size).train)
    one, other = match(space, made.sex, made.head_size), match(space, sex, size)
    np.testing.assert_array_equal(one.train_idx, other.train_idx)


def test_matched_pairs_are_balanced_and_within_the_caliper(plant):
    made = plant(n=400)
    size = np.log(made.head_size)
    width = 0.2 * size.std()
    rows = matched_rows(made.sex, size, width)
    one, other = (np.sort(size[rows][made.sex[rows] == name]) for name in ("F", "M"))
    assert len(one) == len(other) > 50
    # sorted against sorted is the matching with the least largest gap
    assert np.abs(one - other).max() <= width + 1e-12
    assert abs(one.mean() - other.mean()) < width


def test_matching_takes_the_most_pairs_it_can():
    labels = np.array(["F", "F", "M", "M"])
    # greedy would pair 1.0 with 1.1 and strand 1.2
    np.testing.assert_array_equal(matched_rows(labels, np.array([1.0, 1.2, 1.1, 0.85]), 0.16), [0, 1, 2, 3])
    assert len(matched_rows(labels, np.array([1.0, 1.2, 3.0, 4.0]), 0.16)) == 0
    assert len(matched_rows(np.array(["F", "F"]), np.array([1.0, 1.1]), 1.0)) == 0


def test_subjects_without_head_size_are_left_out(plant):
    made = plant()
    size = made.head_size.copy()
    size[:7] = np.nan
    for space in fold_spaces(made.features, made.grouped):
        for treated in (residualise(space, size), match(space, made.sex, size)):
            assert not np.isin(np.arange(7), np.r_[treated.train_idx, treated.test_idx]).any()
            assert np.isfinite(treated.train).all()


def test_the_majority_is_the_trainings_and_ranks_nobody(plant):
    made = plant()
    labels = np.where(np.arange(160) % 4 == 0, "b", "a")
    pred = majority(fold_spaces(made.features, made.grouped), labels)
    assert point(accuracy, pred) == 0.75
    assert point(auc, pred) == 0.5
    # a test fold of b's alone does not change what its training says
    labels = np.array(["a"] * 5 + ["b"] * 3)
    folds = [(np.arange(5), np.arange(5, 8))]
    assert point(accuracy, majority(fold_spaces(np.eye(8), folds), labels)) == 0.0


def test_the_mean_age_of_each_sex_beats_the_mean_where_sexes_differ(plant):
    made = plant()
    spaces = fold_spaces(made.features, made.grouped)
    years = np.where(made.sex == "M", 25.0, 35.0) + np.random.default_rng(0).normal(size=160)
    assert point(r_squared, mean_age(spaces, years)) == pytest.approx(0, abs=0.1)
    assert point(mae, mean_age(spaces, years, made.sex)) < 1.2


def test_baselines_say_why_they_are_empty():
    spaces = fold_spaces(np.eye(8), [(np.arange(4), np.arange(4, 8))])
    assert "F only" in majority(spaces, np.array(["F"] * 8)).reason
    assert "known age" in mean_age(spaces, np.full(8, np.nan)).reason


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(2, 40),
    width=st.sampled_from([0.0, 0.05, 0.3, 3.0]),
    digits=st.integers(1, 6),
    seed=st.integers(0),
)
def test_many_rows_are_matched_as_well_as_few(n, width, digits, seed):
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(n) < rng.uniform(0.2, 0.8), "M", "F")
    size = np.round(rng.normal(size=n) + 0.5 * (labels == "M"), digits)
    few = matched_rows(labels, size, width)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("brainaging.pipeline.stats.baselines.MOST_ROWS", 1)
        many = matched_rows(labels, size, width)
    assert len(many) == len(few) == len(np.unique(many))
    # whoever is chosen is paired best in the order of size
    gaps = [np.abs(np.subtract(*(np.sort(size[rows[labels[rows] == s]]) for s in "FM"))) for rows in (few, many)]
    assert gaps[1].max(initial=0.0) <= width + 1e-12
    assert gaps[1].sum() == pytest.approx(gaps[0].sum(), abs=1e-9)
