"""Ids of two tables: matched where one id on each side answers, by person and by session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.data.cohorts.id_matching import match_people, match_rows


def test_people_match_where_one_id_answers_on_each_side():
    assert match_people(["147212", "sub-01", "A1"], ["147212.0", "1", "a1", "9"]) == {
        "147212": "147212.0",
        "sub-01": "1",
        "A1": "a1",
    }
    # as written comes first; what two could be is nobody's
    assert match_people(["1", "01"], ["01"]) == {"01": "01"}
    assert match_people(["001"], ["1", "01"]) == {}


@given(st.permutations(["1", "01", "sub-2", "x", "X"]), st.permutations(["1.0", "2", "sub-x", "7"]))
def test_matching_does_not_depend_on_order(wanted, known):
    assert match_people(wanted, known) == match_people(sorted(wanted), sorted(known))


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        ([("1", "ses-1"), ("1", "ses-2")], [("1", "2"), ("sub-01", ""), ("1", "ses-01")], [2, 0]),
        ([("1", "ses-1_run-1"), ("1", "ses-1_run-2")], [("1", "ses-1")], [0, 0]),
        ([("1", "run-1"), ("1", "run-2")], [("1", "")], [0, 0]),
        ([("1", "ses-1"), ("1", "ses-2")], [("1", "")], [-1, -1]),
        ([("1", "")], [("1", "ses-1")], [0]),
        ([("1", "")], [("1", "ses-1"), ("1", "ses-2")], [-1]),
        ([("1", "ses-2")], [("1", "")], [0]),
        ([("1", "ses-2")], [("1", "ses-1")], [-1]),
        ([("1", ""), ("1", "ses-2")], [("1", "ses-2"), ("1", "")], [1, 0]),
        ([("1", "ses-2")], [("2", "ses-2")], [-1]),
    ],
)
def test_rows_match_by_person_and_session(wanted, known, found):
    rows, reasons = match_rows(wanted, known)
    assert rows == found
    people = {person for person, _ in known}
    assert set(reasons) == {row for row, at in enumerate(found) if at < 0 and wanted[row][0] in people}


def test_what_several_rows_may_be_is_nobodys_and_said_so():
    rows, reasons = match_rows([("001", "")], [("1", ""), ("01", "")])
    assert rows == [-1] and reasons == {0: "several rows may be this person's (01, 1), none of them surely"}
