"""Rows of people and of sessions: which is whose, and which goes before which."""

import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.cohorts.contents import SourceContents
from brainaging.pipeline.data.cohorts.participants import (
    Participants,
    Person,
    read_participants,
    read_sessions,
    same_session,
    session_label,
    subject_label,
)
from brainaging.pipeline.data.cohorts.person_columns import Stated


def test_labels():
    assert subject_label("01") == subject_label("sub-01") == "sub-01"
    assert session_label("2") == session_label("ses-2") == "ses-2" and session_label("") == ""
    assert same_session("ses-02", "2") and same_session("ses-Base", "base") and not same_session("ses-1", "ses-10")


def person(age, where="row", **cells):
    return Person(where, age=age, **cells)


def test_what_is_said_of_a_session_goes_before_what_is_said_of_the_person():
    people = Participants({"sub-1": {"": person("25", sex="M", site="A")}})
    assert people.find("sub-1", "ses-2") == people.find("sub-1") == person("25", sex="M", site="A")
    people.visits["sub-1"] = {
        "2": person("300", "visit", sex="n/a", age_unit="months"),
        "3": person("n/a", "visit"),
    }
    second = people.find("sub-1", "ses-02")
    assert (second.age, second.age_unit, second.sex, second.site) == ("300", "months", "M", "A")
    assert people.find("sub-1", "ses-3").age == "n/a"  # that of the person is of another session
    assert people.find("sub-1", "ses-4").age == "" and people.find("sub-2") is None


def test_the_only_row_is_that_of_a_scan_without_a_session_and_of_no_other():
    people = Participants({"sub-1": {"1": person("25")}, "sub-2": {"1": person("25"), "2": person("26")}})
    assert people.find("sub-1").age == "25" and people.find("sub-1", "ses-2") is None
    assert people.find("sub-2") is None and people.find("sub-2", "ses-2").age == "26"
    people.visits["sub-3"] = {"1": person("n/a", "visit")}
    people.rows["sub-3"] = {"": person("30")}
    assert people.find("sub-3").age == people.find("sub-3", "ses-1").age == "30"


def test_a_session_column_counts_where_people_have_several_rows(tmp_path):
    path, contents = tmp_path / "participants.tsv", SourceContents()
    path.write_text("participant_id\tsession_id\tage\n1\t1\t25\n2\t1\t30\n")
    people = read_participants(path, contents)
    assert people.sessions("sub-1") == [] and people.find("sub-1", "ses-2").age == "25"
    path.write_text("participant_id\tsession_id\tage\n1\t1\t25\n1\t2\t26\n2\t1\t30\n")
    people = read_participants(path, contents)
    assert people.sessions("sub-1") == ["1", "2"] and people.find("sub-1", "ses-2").age == "26"
    assert not contents.problems and people.has_one_age("sub-2", ["ses-1"])
    assert not people.has_one_age("sub-1", ["ses-1", "ses-2"]) and people.place("sub-2", tmp_path).endswith(
        "line 4"
    )


def test_columns_under_own_names_must_be_known_and_there(tmp_path):
    path, contents = tmp_path / "participants.tsv", SourceContents()
    path.write_text("who\twhen\tage\n1\ta\t25\n1\tb\t26\n")
    people = read_participants(path, contents, Stated({"subject": "who", "session": "when"}))
    assert people.find("sub-1", "ses-b").age == "26" and not contents.problems
    with pytest.raises(
        CohortError, match="columns: expected subject, session, sex, age, bracket, site, found Age"
    ):
        read_participants(path, contents, Stated({"subject": "who", "Age": "age"}))
    with pytest.raises(CohortError, match="no column for the session: expected gone"):
        read_participants(path, contents, Stated({"subject": "who", "session": "gone"}))


def test_people_are_spelled_as_their_folders(tmp_path):
    people = Participants({"sub-1": {"": person("25")}}, {"sub-1": {"2": person("26")}})
    assert people.spell_as(["sub-01"]) == [
        "1 participants are spelled otherwise than their folders (sub-1 is sub-01)"
    ]
    assert people.find("sub-01", "ses-2").age == "26" and "sub-1" not in people


def test_tables_of_sessions_without_a_listing(tmp_path):
    (tmp_path / "sub-1").mkdir()
    path, contents = tmp_path / "sub-1" / "sub-1_sessions.tsv", SourceContents()
    path.write_text("session_id\tage\tsex\nses-1\t25\tF\nses-1\t26\tF\n")
    people = read_sessions(tmp_path, contents)
    assert people.told_by_sessions == {"age", "sex"} and people.find("sub-1", "ses-1").sex == "F"
    assert [str(problem) for problem in contents.problems] == [
        "sub-1_sessions.tsv line 3: subject 'sub-1': duplicate session 'ses-1'"
    ]
    path.write_text("when\tage\n1\t25\n")
    with pytest.raises(CohortError, match="no column for the session: expected session_id"):
        read_sessions(tmp_path, contents)
