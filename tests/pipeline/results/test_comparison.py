"""Two tables beside each other: laws of equality, and every planted difference is found."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.results import (
    Difference,
    Distance,
    EditScore,
    ErrorRatio,
    Finding,
    GateCheck,
    NotComputed,
    Score,
    compare,
)
from brainaging.pipeline.results.comparison import COMPARED, IDENTITY, counts, to_differences
from brainaging.pipeline.results.table import COLUMNS

ABOUT = {"cohort": "c", "n_train": 133, "n_test": 67}
SEX = {**ABOUT, "experiment": "sex", "target": "sex", "model": "logistic_regression"}
RATIO = {
    **ABOUT,
    "experiment": "reconstruction",
    "target": "image",
    "model": "autoencoder",
    "metric": "error_ratio",
}
AUC = {"metric": "auc", "value": 0.9, "ci_low": 0.8, "ci_high": 0.95}
TABLE: list[Finding] = [
    Score(**SEX, **AUC, features="voxels", baseline="head_size", baseline_value=0.8),
    Score(**SEX, **AUC, features="latents", encoder="autoencoder", codes=100),
    Score(**SEX, **AUC, features="latents", encoder="autoencoder", codes=50),
    Score(**SEX, **AUC, features="voxels", split="random", original_value=math.nan),
    Difference(**SEX, features="latents", contrast="features", reference="voxels", metric="auc", value=0.0),
    ErrorRatio(**RATIO, codes=100, baseline="pca", baseline_codes=118, value=0.9),
    ErrorRatio(**RATIO, codes=100, baseline="pca_flip", baseline_codes=236, value=1.1),
    Distance(**ABOUT, experiment="fidelity", model="gan", features="pca", codes=100, metric="frechet", value=3.0),
    EditScore(**ABOUT, experiment="edits", edit="sex", model="deformation", metric="correlation", value=-0.17),
    GateCheck(
        **ABOUT, experiment="gate", model="gan", metric="labels", value=0.5, limit=0.1, passed=True, reason="near"
    ),
    NotComputed(**ABOUT, experiment="age_years", target="age_years", features="voxels", reason="flat"),
]
ROWS = st.integers(0, len(TABLE) - 1)


def test_a_table_equals_itself():
    comparison = compare(TABLE, TABLE)
    assert comparison.same
    assert [pair.before for pair in comparison.equal] == TABLE
    assert {pair.relative for pair in comparison.equal} == {0.0}
    assert compare([], []).same


@settings(max_examples=25, deadline=None)
@given(st.permutations(TABLE), st.permutations(TABLE))
def test_the_order_of_rows_changes_nothing(one, other):
    assert compare(one, other).same
    doubled = [*one, replace(one[0], n_test=1)], [replace(other[0], n_test=1), *other]
    assert compare(*doubled).same is (one[0] == other[0])


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(COMPARED), st.floats(1e-6, 0.5))
def test_every_planted_difference_is_found_and_only_it(row, column, size):
    finding = TABLE[row]
    if not hasattr(finding, column):
        return
    content = getattr(finding, column)
    planted: object = {"passed": False, "reason": "other", "baseline": "chance"}.get(column)
    if planted is None:
        planted = content + 1 if isinstance(content, int) else 7.0 if math.isnan(content) else content + size
    changed = [*TABLE[:row], replace(finding, **{column: planted}), *TABLE[row + 1 :]]
    comparison = compare(TABLE, changed)
    assert [(pair.before, pair.columns) for pair in comparison.differing] == [(finding, (column,))]
    assert len(comparison.equal) == len(TABLE) - 1
    assert not comparison.only_before
    assert not comparison.only_after


@settings(max_examples=20, deadline=None)
@given(st.sets(ROWS), st.sets(ROWS))
def test_what_one_table_has_alone_is_listed_and_swapping_tables_swaps_it(left_out, other_left_out):
    one = [finding for row, finding in enumerate(TABLE) if row not in left_out | {5}]
    other = [finding for row, finding in enumerate(TABLE) if row not in other_left_out | {5}]
    there, back = compare(one, other), compare(other, one)
    assert there.only_before == [finding for finding in one if finding not in other]
    assert there.only_after == [finding for finding in other if finding not in one]
    assert (back.only_before, back.only_after) == (there.only_after, there.only_before)


def test_another_seed_is_the_same_finding():
    assert compare(TABLE, [replace(finding, seed=3) for finding in TABLE]).same


def test_differences_are_relative_to_the_findings_largest_number_and_the_largest_comes_first():
    changed = [replace(TABLE[0], ci_low=0.8 - 0.095), replace(TABLE[1], value=0.9 + 0.19), *TABLE[2:]]
    differing = compare(TABLE, changed).differing
    assert [pair.before for pair in differing] == [TABLE[1], TABLE[0]]
    assert [pair.relative for pair in differing] == pytest.approx([0.19 / 1.09, 0.1])
    assert compare(TABLE, changed, tolerance=0.2).same
    assert len(compare(TABLE, changed, tolerance=0.15).differing) == 1


def test_no_tolerance_forgives_a_missing_number_or_another_statement():
    for row, change in ((0, {"value": math.nan}), (0, {"baseline": "chance"}), (9, {"passed": False})):
        changed = [*TABLE[:row], replace(TABLE[row], **change), *TABLE[row + 1 :]]
        assert not compare(TABLE, changed, tolerance=1e9).same


def test_counts_and_the_table_of_differences_hold_every_finding_once():
    comparison = compare(TABLE, [replace(TABLE[0], value=0.91), *TABLE[2:]])
    tally = counts(comparison)
    assert tally.loc["sex"].to_dict() == {"equal": 3, "differing": 1, "only before": 1, "only after": 0}
    assert int(tally.to_numpy().sum()) == len(TABLE)
    table = to_differences(comparison)
    assert table["difference"].tolist() == ["differs", "only before"]
    assert table.loc[0, ["value_before", "value_after", "columns"]].tolist() == ["0.9", "0.91", "value"]
    assert table.loc[1, ["codes", "value_before", "value_after"]].tolist() == ["100", "0.9", ""]
    assert to_differences(compare([], [])).empty


def test_every_column_is_compared_or_tells_findings_apart():
    assert {*COMPARED, *IDENTITY, "seed"} == set(COLUMNS)
