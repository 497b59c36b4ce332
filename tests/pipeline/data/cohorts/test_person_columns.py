"""Columns of sex and age in tables of people: known names, units, what is refused and what is said."""

import json

import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.cohorts.person_columns import (
    Stated,
    find_person_columns,
    is_age,
    read_description,
    unit_of_name,
)
from brainaging.pipeline.data.cohorts.tables import read_table


@pytest.fixture
def found(tmp_path):
    """Return a finder of columns: (text of a TSV, what the user states, what the JSON says)."""

    def find(text, stated=None, description=None, **options):
        path = tmp_path / "participants.tsv"
        path.write_text(text.replace(",", "\t"))
        return find_person_columns(read_table(path), stated, description, **options)

    return find


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("age", ""),
        ("Age", ""),
        ("AGE_AT_SCAN", ""),
        ("ageAtScan", ""),
        ("age_at_mri", ""),
        ("Age at visit", ""),
        ("age_years", "years"),
        ("Age (years)", "years"),
        ("age_y", "years"),
        ("age_months", "months"),
        ("ageinmonths", "months"),
        ("scan_age_months", "months"),
        ("interview_age", "months"),
        ("age_wks", "weeks"),
        ("age_at_scan_days", "days"),
        ("scan_age", ""),
    ],
)
def test_names_of_age_and_their_units(name, unit):
    assert is_age(name) and unit_of_name(name) == unit


@pytest.mark.parametrize(
    "name",
    [
        "age_of_onset",
        "age_group",
        "age_at_diagnosis",
        "wage",
        "stage",
        "page",
        "usage",
        "image",
        "birth_age",
        "aged",
    ]
    + ["Age_in_Yrs", "brain_age", "mean_age", "age2", "age_at_death", "father_age", "PicVocab_AgeAdj", "language"],
)
def test_names_that_are_not_the_age_at_the_scan(name):
    assert not is_age(name)


@pytest.mark.parametrize(
    ("column", "ages"), [("Age_at_Scan", "25,30"), ("interview_age", "300,360"), ("age (days)", "9131,10958")]
)
def test_other_names_are_read_and_said(found, column, ages):
    first, second = ages.split(",")
    columns = found(f"participant_id,{column},sex\na,{first},F\nb,{second},M\n")
    assert columns.at["age"] == column and any(column in note for note in columns.notes)


def test_units_that_the_json_says_go_before_the_names_convention(found):
    table = "participant_id,interview_age\na,30\nb,40\n"
    assert found(table).age_unit == "months"
    assert found(table, description={"interview_age": {"Units": "years"}}).age_unit == "years"
    assert found(table, Stated(age_unit="weeks"), {"interview_age": {"Units": "years"}}).age_unit == "weeks"
    assert found("participant_id,age\na,300\n", description={"Age": {"Units": "Months"}}).age_unit == "months"


@pytest.mark.parametrize(
    ("table", "description", "says"),
    [
        (
            "p,age_months\na,30\n",
            {"age_months": {"Units": "years"}},
            "name says months, participants.json says years",
        ),
        (
            "p,age\na,30\n",
            {"age": {"Units": "postmenstrual weeks"}},
            "expected Units of years, months, weeks, days",
        ),
        ("p,age\na,30\n", {"age": {"Units": "jiffies"}}, "found 'jiffies'"),
        ("p,scan_age\na,30\n", {}, "'scan_age': expected a stated unit"),
    ],
)
def test_a_unit_that_is_not_clear_is_asked_for(found, table, description, says):
    with pytest.raises(CohortError, match=says) as caught:
        found(table, description=description)
    assert "--age-unit" in str(caught.value) and len(str(caught.value).splitlines()) == 1
    assert found(table, Stated(age_unit="weeks"), description).age_unit == "weeks"


def test_two_columns_of_age_that_agree_are_one_and_said(found):
    columns = found("p,age_months,age,AGE_AT_SCAN\na,300,25.0,25.1\nb,n/a,30,30\n")
    assert columns.at["age"] == "age" and columns.age_unit == "years"
    assert "'age'; the same stands in 'age_months' and 'AGE_AT_SCAN'" in columns.notes[1]


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("p,age,age_at_visit\na,25,27\n", "age"),
        ("p,age,age\na,25,25\n", "age"),
        ("p,scan_age,age\na,40,40\n", "age"),
        ("p,sex,gender\na,F,M\n", "sex"),
    ],
)
def test_two_columns_that_differ_are_asked_about(found, table, what):
    with pytest.raises(CohortError, match=f"the {what} may be in .* or .*: keep one.*--{what}-column"):
        found(table)


def test_the_user_says_which(found):
    table = "p,age,age_at_visit,m\na,25,27,1\n"
    columns = found(table, Stated({"age": "age_at_visit", "sex": "m"}))
    assert columns.at["age"] == "age_at_visit" and columns.at["sex"] == "m"
    with pytest.raises(CohortError, match="no column for the age: expected gone"):
        found(table, Stated({"age": "gone"}))
    columns = found(table, Stated({"age": "gone", "sex": "m"}), elsewhere=["age", "sex"])
    assert columns.at == {"bracket": None, "site": None, "sex": "m", "age": None}


def test_what_looks_like_age_or_sex_and_is_not_read_is_named(found):
    columns = found("p,age_group,age_of_onset,is_male\na,1,30,1\n")
    assert columns.at["age"] is None and columns.at["sex"] is None
    assert columns.notes == [
        "participants.tsv: no column for the sex, which is unknown; 'is_male' may be it: --sex-column",
        "participants.tsv: no column for the age, which is unknown; 'age_group', 'age_of_onset' may be it: "
        "--age-column",
    ]
    assert found("p,age,sex,age_of_onset\na,1,F,30\n").notes == []
    assert "'date_of_birth' may be it" in found("p,sex,date_of_birth\na,F,1990\n").notes[0]
    assert "(found p, sex, pma; --age-column)" in found("p,sex,pma\na,F,40\n").notes[0]


@pytest.mark.parametrize(("ages", "would"), [("264,300,432", "25 in months"), ("7300,9131,12000", "25 in days")])
def test_ages_that_cannot_be_years_are_refused_with_what_they_would_be(found, ages, would):
    rows = "".join(f"s{age},{age}\n" for age in ages.split(","))
    low, _, high = ages.split(",")
    with pytest.raises(
        CohortError, match=rf"'age': expected years between 0 and 120, found {low} to {high}"
    ) as caught:
        found(f"p,age\n{rows}")
    assert would in str(caught.value) and "--age-unit" in str(caught.value)
    with pytest.raises(CohortError) as hidden:
        found(f"p,age\n{rows}", private=True)
    assert low not in str(hidden.value)


def test_codes_are_no_ages_when_their_span_is_looked_at(found):
    table = "p,age\na,999\nb,999\nc,30\n"
    with pytest.raises(CohortError, match="found 30 to 999"):
        found(table)
    assert found(table, Stated(age_codes={"999": ""})).at["age"] == "age"


def test_levels_of_sex(found):
    levels = {"Levels": {"1": "Male", "2": "female participants", "3": "unknown", "4": "either"}}
    columns = found("p,Sex\na,1\n", description={"sex": levels})
    assert columns.sex_codes == {"1": "M", "2": "F", "3": ""}
    assert "participants.json: Sex: 1 = M, 2 = F, 3 = unknown" in columns.notes
    with pytest.raises(CohortError, match="Levels say 'F' is 'male'"):
        found("p,sex\na,F\n", description={"sex": {"Levels": {"F": "male"}}})


def test_descriptions(tmp_path):
    path = tmp_path / "participants.json"
    assert read_description(path) == {}
    path.write_text("\ufeff" + json.dumps({"age": {"Units": "years"}, "note": "text"}), encoding="utf-8")
    assert read_description(path) == {"age": {"Units": "years"}}
    for text in ("{", "[1]", ""):
        path.write_text(text)
        with pytest.raises(CohortError, match=r"participants.json: expected ") as caught:
            read_description(path)
        assert len(str(caught.value).splitlines()) == 1
