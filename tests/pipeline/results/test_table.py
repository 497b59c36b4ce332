"""results.csv is the long form of typed results: what is written is read back, whatever it is."""

import math
import re
from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainaging.pipeline.results import (
    COLUMNS,
    KINDS,
    TERMS,
    Finding,
    read_results,
    readable_results,
    to_frame,
    write_results,
)
from brainaging.pipeline.results.table import COLUMN_TYPES
from brainaging.pipeline.runtime import UserError

# the first columns are the design's (section 4), in its order; others may only come after them
DESIGN = (
    "experiment, cohort, modality, features, target, model, split, metric, value, ci_low, ci_high, baseline, "
    "baseline_value, original_value, n_train, n_test, seed"
)
SIMPLE = {
    str: st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    int: st.integers(-(2**40), 2**40),
    float: st.floats(allow_nan=True, allow_infinity=True),
    bool: st.booleans(),
}


def _values(name: str, of: type) -> st.SearchStrategy[object]:
    if name in TERMS:
        codes = sorted(TERMS[name])
        return st.sampled_from(codes if name in ("experiment", "metric") else ["", *codes])
    return SIMPLE[of]


FINDINGS = st.one_of(
    *(
        st.builds(cls, **{name: _values(name, of) for name, of in COLUMN_TYPES[kind].items()})
        for kind, cls in KINDS.items()
    )
)


def _same(one: Finding, other: Finding) -> bool:
    pairs = ((getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return type(one) is type(other) and all(
        a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b)) for a, b in pairs
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FINDINGS, max_size=4))
def test_what_is_written_is_read_back_without_loss(tmp_path, findings):
    write_results(findings, tmp_path / "results.csv")
    again = read_results(tmp_path / "results.csv")
    assert len(again) == len(findings)
    assert all(_same(one, other) for one, other in zip(findings, again, strict=True))


def test_the_columns_begin_with_the_designs_and_hold_every_field():
    assert ", ".join(COLUMNS).startswith(DESIGN)
    named = {name for types in COLUMN_TYPES.values() for name in types}
    assert named | {"kind"} == set(COLUMNS)


def test_numbers_keep_every_digit_and_ids_their_zeros(sex_score):
    row = to_frame([replace(sex_score, cohort="000123", value=1 / 3)]).iloc[0]
    assert float(row["value"]) == 1 / 3
    assert (row["cohort"], row["ci_low"], row["kind"]) == ("000123", "", "score")


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("value", "much", "line 2: value expected a number, found 'much'"),
        ("n_test", "1.5", "line 2: n_test expected a number, found '1.5'"),
        ("kind", "rumour", "line 2: kind expected one of"),
        ("model", "oracle_of_delphi", "line 2: model: expected one of"),
        ("scale", "0.9", "line 2: a score has no scale, found '0.9'"),
    ],
)
def test_a_broken_cell_is_named_with_its_line(tmp_path, sex_score, column, text, expected):
    frame = to_frame([sex_score])
    frame.loc[0, column] = text
    frame.to_csv(tmp_path / "results.csv", index=False)
    with pytest.raises(UserError, match=re.escape(expected)):
        read_results(tmp_path / "results.csv")


def test_the_rows_that_can_be_read_are_read_and_the_others_named(tmp_path, sex_score):
    findings = [sex_score, replace(sex_score, seed=1), replace(sex_score, seed=2)]
    frame = to_frame(findings)
    frame.loc[1, "value"] = "much"
    frame.to_csv(tmp_path / "results.csv", index=False)
    readable, faults = readable_results(tmp_path / "results.csv")
    assert [finding.seed for finding in readable] == [0, 2]
    assert len(faults) == 1 and "line 3: value expected a number" in faults[0]


def test_a_missing_or_foreign_table_is_named(tmp_path):
    with pytest.raises(UserError, match="found no file"):
        read_results(tmp_path / "results.csv")
    (tmp_path / "results.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="found a, b"):
        read_results(tmp_path / "results.csv")
    (tmp_path / "results.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="expected a results table"):
        read_results(tmp_path / "results.csv")


def test_a_code_that_the_vocabulary_lacks_is_refused_where_it_is_made(sex_score):
    with pytest.raises(ValueError, match="features: expected one of"):
        replace(sex_score, features="voxles")
