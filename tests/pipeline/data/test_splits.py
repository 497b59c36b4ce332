import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.data import LeakError, check_leak, grouped_folds, holdout, random_folds
from brainaging.pipeline.data.splits import split_names
from brainaging.pipeline.runtime import UserError

GROUPS = st.lists(st.integers(0, 30), min_size=12, max_size=60).filter(lambda g: len(set(g)) >= 8).map(np.array)


def _strata(groups: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 3, len(groups))


@settings(max_examples=30, deadline=None)
@given(groups=GROUPS, seed=st.integers(0, 5), stratified=st.booleans())
def test_no_group_straddles_and_every_row_is_tested_once(groups, seed, stratified):
    folds = grouped_folds(groups, _strata(groups, seed) if stratified else None, 3, seed)
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
        assert sorted([*train, *test]) == list(range(len(groups)))
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(groups)))


@settings(max_examples=30, deadline=None)
@given(groups=GROUPS, seed=st.integers(0, 5), order=st.randoms(use_true_random=False))
@pytest.mark.parametrize("split", [grouped_folds, random_folds])
def test_permuting_rows_permutes_the_content_only(split, groups, seed, order):
    permutation = np.array(order.sample(range(len(groups)), len(groups)))
    strata = _strata(groups, seed)
    content = [sorted(zip(groups[t], strata[t], strict=True)) for _, t in split(groups, strata, 3, seed)]
    groups, strata = groups[permutation], strata[permutation]
    assert content == [sorted(zip(groups[t], strata[t], strict=True)) for _, t in split(groups, strata, 3, seed)]


def test_relatives_of_pooled_strata_do_not_stand_in_the_rows_order():
    groups = np.array([0, 0, 0, 0, 0, 1, 3, 0, 0, 2, 4, 5, 6, 7])
    strata = np.array([2, 2, 2, 1, 2, 2, 2, 0, 1, 1, 0, 1, 1, 2])
    contents = []
    for rows in (np.arange(14), np.array([8, *range(1, 8), 0, *range(9, 14)])):
        folds = random_folds(groups[rows], strata[rows], 3, 4)
        contents.append([sorted(zip(groups[rows][t], strata[rows][t], strict=True)) for _, t in folds])
    assert contents[0] == contents[1]


@settings(max_examples=30, deadline=None)
@given(groups=GROUPS, seed=st.integers(0, 5))
def test_holdout_parts_whole_groups_and_leaves_no_part_empty(groups, seed):
    parts = holdout(groups, stratify=_strata(groups, seed), seed=seed)
    assert list(parts) == ["train", "val", "test"]
    check_leak(groups, *parts.values())
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(groups)))
    assert all(len(rows) for rows in parts.values())


def test_holdout_keeps_the_shares_in_every_stratum():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(400), rng.integers(1, 4, 400))
    strata = rng.integers(0, 8, len(groups))
    for name, share in zip(("train", "val", "test"), (0.7, 0.15, 0.15), strict=True):
        rows = holdout(groups, stratify=strata)[name]
        assert np.abs(np.bincount(strata[rows]) / np.bincount(strata) - share).max() < 0.03


def test_grouped_folds_keep_the_shares_of_strata():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(300), rng.integers(1, 4, 300))
    strata = rng.integers(0, 8, len(groups))
    for _, test in grouped_folds(groups, strata):
        assert np.abs(np.bincount(strata[test]) / np.bincount(strata) - 0.2).max() < 0.06


def test_random_folds_leak_on_twins_and_the_check_says_so():
    twins = np.repeat(np.arange(50), 2)
    leaks = 0
    for train, test in random_folds(twins, seed=1):
        with pytest.raises(LeakError, match=r"\d+ of 50 groups straddle"):
            check_leak(twins, train, test)
        leaks += len(set(twins[train]) & set(twins[test]))
    assert leaks > 50


@given(groups=GROUPS, planted=st.integers(0, 11))
def test_a_planted_leak_is_found(groups, planted):
    side = np.isin(groups, np.unique(groups)[:4])
    check_leak(groups, np.flatnonzero(side), np.flatnonzero(~side))
    groups = np.append(groups, groups[planted])  # a relative, on the wrong side
    side = np.append(side, ~side[planted])
    with pytest.raises(LeakError, match=f"1 of {len(set(groups))} groups"):
        check_leak(groups, np.flatnonzero(side), np.flatnonzero(~side))


def test_a_leak_message_names_no_group():
    with pytest.raises(LeakError) as caught:
        check_leak(np.array(["FAMCANARY", "FAMCANARY"]), [0], [1])
    assert "FAMCANARY" not in str(caught.value)


@given(groups=GROUPS, seed=st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_names_say_where_the_holdout_put_each_row(groups, seed):
    strata = _strata(groups, seed)
    names = split_names(groups, strata, seed)
    for name, rows in holdout(groups, stratify=strata, seed=seed).items():
        assert np.flatnonzero(names == name).tolist() == rows.tolist()
    assert set(split_names(groups[:1], strata[:1], seed)) == {"train"}


def test_seeds_matter_and_repeat():
    groups = np.arange(40)
    tests = [grouped_folds(groups, seed=seed)[0][1].tolist() for seed in (0, 0, 1)]
    assert tests[0] == tests[1] != tests[2]


def test_too_few_groups():
    with pytest.raises(UserError, match="5 folds need as many groups, the cohort has 2"):
        grouped_folds([0, 0, 1, 1, 1])
    with pytest.raises(UserError, match="3 parts need as many groups, the cohort has 2"):
        holdout([0, 0, 1, 1, 1])


def test_rare_strata_are_pooled_not_refused():
    strata = ["a"] * 18 + ["b", "c"]
    assert len(grouped_folds(np.arange(20), strata)) == 5
    assert len(random_folds(np.arange(20), list(map(str, range(20))))) == 5


@pytest.mark.parametrize("fractions", [(1.0,), (0.5, 0.6), (1.2, -0.2), (0.25,) * 4])
def test_fractions_that_are_none(fractions):
    with pytest.raises(ValueError, match="fractions"):
        holdout(np.arange(10), fractions)
