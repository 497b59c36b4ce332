"""People without scans, from a table of subjects."""

import pytest

from brainaging.pipeline.data import CohortError, read_cohort
from brainaging.pipeline.data.cohorts.people import people_table, read_people
from brainaging.pipeline.data.cohorts.person_columns import Stated


def test_columns_by_any_spelling_and_measures_passed_over(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("Sub_ID,GENDER,Age,Left-Hippocampus\na,F,31-35,4000\nb,M,36.5,4100\n")
    contents = read_people(path)
    assert [(row.subject, row.sex, row.age, row.image) for row in contents.rows] == [
        ("a", "F", "31-35", None),
        ("b", "M", "36.5", None),
    ]
    assert not contents.problems and contents.restricted is None and not contents.simulated


def test_which_table_a_folder_means(tmp_path):
    with pytest.raises(CohortError, match="found neither"):
        people_table(tmp_path)
    csv = tmp_path / "unrestricted_me.csv"
    csv.write_text("Subject,Gender,Age\n1,F,22-25\n")
    assert people_table(tmp_path) == csv
    listing = tmp_path / "participants.tsv"
    listing.write_text("participant_id\n1\n")
    assert people_table(tmp_path) == listing and people_table(csv) == csv
    with pytest.raises(CohortError, match="no such file or folder"):
        people_table(tmp_path / "gone")


def test_a_table_with_hcps_restricted_columns_is_the_restricted_file_itself(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("Subject,Gender,Family_ID,Age_in_Yrs\n1,F,x,30\n")
    assert read_people(path).restricted == path


def test_own_names_of_columns_must_be_there(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("who,Gender\n1,F\n")
    assert read_people(path, stated=Stated({"subject": "who"})).rows[0].subject == "1"
    with pytest.raises(CohortError, match="no column for the site"):
        read_people(path, stated=Stated({"subject": "who", "site": "place"}))
    with pytest.raises(CohortError, match="columns: expected"):
        read_people(path, stated=Stated({"who": "subject"}))


def test_a_dataset_whose_sessions_have_ages_is_a_row_a_session(tmp_path):
    (tmp_path / "participants.tsv").write_text("participant_id\tsex\tage\nsub-01\tF\t20\nsub-02\tM\t30\n")
    (tmp_path / "sub-01").mkdir()
    (tmp_path / "sub-01" / "sub-01_sessions.tsv").write_text("session_id\tage\nses-1\t20\nses-2\t22.5\n")
    table = read_cohort(tmp_path, scans=False).table
    assert table[["subject", "session", "sex", "age_years"]].to_numpy().tolist() == [
        ["sub-01", "ses-1", "F", 20.0],
        ["sub-01", "ses-2", "F", 22.5],
        ["sub-02", "", "M", 30.0],
    ]


def test_a_column_of_sessions_counts_where_someone_stands_in_several_rows(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("subject,session,visit,age\na,1,x,20\na,2,x,22\nb,1,x,30\n")
    assert read_cohort(path, scans=False).scan_keys == [("a", "1"), ("a", "2"), ("b", "1")]
    path.write_text("subject,session,visit,age\na,1,x,20\nb,1,x,30\n")
    assert read_cohort(path, scans=False).scan_keys == [("a", ""), ("b", "")]
