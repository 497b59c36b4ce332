import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.data.cohorts.codes import (
    BRACKETS,
    MISSING,
    age_key,
    age_unit,
    check_age_codes,
    check_sex_codes,
    check_subject,
    check_unit,
    is_missing,
    parse_age,
    parse_age_codes,
    parse_bracket,
    parse_sex,
    parse_sex_codes,
    read_sex_levels,
)
from brainaging.pipeline.runtime import UserError


@given(st.text(max_size=30))
def test_an_accepted_id_is_one_folder_name(text):
    try:
        name = check_subject(text)
    except ValueError:
        return
    assert "/" not in name and "\\" not in name and ".." not in name and name not in ("", ".")
    assert not any(ord(letter) < 32 for letter in name)


@given(st.text(max_size=12))
def test_sex_is_known_or_refused_never_guessed(text):
    known = {"f", "female", "m", "male", *MISSING}
    try:
        sex = parse_sex(text)
    except ValueError:
        return
    assert text.strip().casefold().removesuffix(".0") in known
    assert sex in ("F", "M", "")


@pytest.mark.parametrize(
    "text", ["../../etc", "/etc/passwd", "..", "a/b", "a\\b", "", ".hidden", "x\ny", "a" * 101, "~"]
)
def test_ids_that_are_paths_are_refused(text):
    with pytest.raises(ValueError, match="id"):
        check_subject(text)


@pytest.mark.parametrize("text", ["100307", "sub-01", "IXI012-HH-1211", "Müller_3", "a.b"])
def test_ids_as_people_have_them(text):
    assert check_subject(f" {text} ") == text


@pytest.mark.parametrize(("text", "sex"), [("F", "F"), ("m", "M"), ("Female", "F"), ("male", "M"), ("n/a", "")])
def test_sex_words(text, sex):
    assert parse_sex(text) == sex


@pytest.mark.parametrize("text", ["0", "1", "2", "1.0"])
def test_sex_numbers_need_a_stated_meaning(text):
    with pytest.raises(ValueError, match="state what it means"):
        parse_sex(text)


def test_sex_numbers_with_a_stated_meaning():
    assert [parse_sex(t, parse_sex_codes("0=F,1=m")) for t in ("0", "1", "1.0", "F")] == ["F", "M", "M", "F"]
    assert parse_sex("w", check_sex_codes({"W": "F"})) == "F"
    with pytest.raises(ValueError, match="'2'"):
        parse_sex("2", parse_sex_codes("0=F,1=M"))


@pytest.mark.parametrize("text", ["", "1", "1=X", "1=F,2"])
def test_sex_codes_that_state_nothing(text):
    with pytest.raises(UserError, match="expected a mapping"):
        parse_sex_codes(text)


@pytest.mark.parametrize("word", [".", " - ", "–", "N/A", "#N/A", "<NA>", "NaN", "None", "Unknown", ""])
def test_a_word_for_not_known_is_one_in_every_column(word):
    assert is_missing(word) and parse_sex(word) == "" and parse_bracket(word) == "" and math.isnan(parse_age(word))


@pytest.mark.parametrize("word", ["0", "-9", "999", "O", "x"])
def test_a_number_or_another_word_is_not_taken_for_not_known(word):
    assert not is_missing(word)


def test_brackets():
    assert [parse_bracket(text) for text in (*BRACKETS, "n/a")] == [*BRACKETS, ""]


@pytest.mark.parametrize("text", ["22-52", "22–25", "36", "22 - 25", "26-30x"])
def test_bracket_typos_are_refused(text):
    with pytest.raises(ValueError, match="22-25, 26-30"):
        parse_bracket(text)


@pytest.mark.parametrize("text", ["27.3141", "27", "27,5", "age 27.3"])
def test_a_number_among_brackets_is_not_repeated(text):
    with pytest.raises(ValueError, match="found a number") as caught:
        parse_bracket(text)
    assert "27" not in str(caught.value)


@given(
    st.one_of(
        st.text(max_size=12), st.from_regex(r"[<>~]?[0-9]{1,4}[-+.,]?[0-9]{0,3} ?[a-zA-Z]{0,6}", fullmatch=True)
    )
)
def test_an_age_is_plausible_or_refused_with_its_cell(text):
    try:
        age = parse_age(text, quote=True)
    except ValueError as error:
        assert repr(text.strip()[:20]) in str(error)
        return
    assert is_missing(text) or 0 <= age <= 120


def test_ages():
    assert parse_age("38.78") == 38.78 and parse_age("38,78", comma_decimal=True) == 38.78
    assert math.isnan(parse_age("n/a"))


@pytest.mark.parametrize(
    ("text", "unit", "years"),
    [
        ("300", "months", 25.0),
        ("9131.25", "days", 25.0),
        ("25y", "months", 25.0),
        ("25 years", "years", 25.0),
        ("300 mo", "years", 25.0),
        ("025Y", "years", 25.0),
        ("300M", "years", 25.0),
        ("2.5e1", "years", 25.0),
    ],
)
def test_ages_in_other_units(text, unit, years):
    assert parse_age(text, unit=unit) == pytest.approx(years, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("years", "years"),
        ("Years of age", "years"),
        ("a", ""),
        ("mo", "months"),
        ("decimal months", "months"),
        ("wk", "weeks"),
        ("d", "days"),
        ("gestational weeks", ""),
        ("years and months", ""),
        ("minutes", ""),
        ("n/a", ""),
    ],
)
def test_units(text, unit):
    assert age_unit(text) == unit
    if not unit:
        with pytest.raises(UserError, match="unit of age: expected years, months, weeks, days, found"):
            check_unit(text)


@pytest.mark.parametrize("text", ["89+", ">89", "18-38", "25-29y", "45m"])
def test_ages_that_are_no_number_are_quoted_with_what_to_do(text):
    with pytest.raises(ValueError, match="expected years between 0 and 120, found") as caught:
        parse_age(text, quote=True)
    assert repr(text) in str(caught.value) and f'--age-codes "{text}=…"' in str(caught.value)
    with pytest.raises(ValueError, match=r"0 and 120$") as hidden:
        parse_age(text)
    assert text not in str(hidden.value)


def test_an_age_in_another_unit_is_quoted_with_what_to_do():
    with pytest.raises(ValueError, match=r"found '300' \(--age-unit states another unit, --age-codes"):
        parse_age("300", quote=True)
    with pytest.raises(ValueError, match="expected months between 0 and 1440, found '-3'"):
        parse_age("-3", unit="months", quote=True)


def test_age_codes():
    assert parse_age_codes("89+=89,>=90=90.5,18–38=28,22-24=22-25,999=") == {
        "89+": "89",
        ">=90": "90.5",
        "18-38": "28",
        "22-24": "22-25",
        "999": "",
    }
    assert check_age_codes({"90 +": 90}) == {"90+": "90"} and age_key("18 \u2013 38 Y") == "18-38y"


@pytest.mark.parametrize("text", ["", "89+", "89+=old", "89+=89,90", "=3"])
def test_age_codes_that_state_nothing(text):
    with pytest.raises(UserError, match="age codes: expected a mapping"):
        parse_age_codes(text)


def test_levels_of_sex():
    levels = {
        "1": "Male",
        "2": {"Description": "Female"},
        "3": "n/a",
        "4": "male or female",
        "5": "other",
        "M": "men",
    }
    assert read_sex_levels(levels) == {"1": "M", "2": "F", "3": ""}
    assert read_sex_levels(None) == read_sex_levels("male") == read_sex_levels({"1": "männlich"}) == {}
    with pytest.raises(ValueError, match="'m' is 'woman'"):
        read_sex_levels({"m": "woman"})


@pytest.mark.parametrize("text", ["-1", "430", "abc", "38,78", "inf", "90+", "1_0", "45m"])
def test_ages_out_of_reason(text):
    with pytest.raises(ValueError, match="between 0 and 120"):
        parse_age(text)


@pytest.mark.parametrize("name", ["mean", "Total", "SD"])
def test_a_spreadsheets_last_lines_are_no_people(name: str) -> None:
    with pytest.raises(ValueError, match="expected a person, found a line of statistics"):
        check_subject(name)
