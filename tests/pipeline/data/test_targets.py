"""Labels of scans: sex, years, brackets, and who has none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import Cohort, sex_numbers, target_labels, with_labels, with_sex
from brainaging.pipeline.data.cohorts.cohort import PUBLIC_COLUMNS
from brainaging.pipeline.runtime import UserError


def _cohort(
    sex: list[str], bracket: list[str], years: list[float], restricted: pd.DataFrame | None = None
) -> Cohort:
    n = len(sex)
    columns = {"subject": [f"s{i}" for i in range(n)], "session": "", "image": "", "space": "template"}
    table = pd.DataFrame({**columns, "sex": sex, "age_bracket": bracket, "age_years": years, "site": ""})
    return Cohort(table[list(PUBLIC_COLUMNS)], restricted=restricted)


def test_sex_has_two_classes_and_the_unknown_none() -> None:
    names, labels = target_labels(_cohort(["M", "", "F"], [""] * 3, [np.nan] * 3), "sex")
    assert names == ["F", "M"]
    assert labels.tolist() == [1, -1, 0]


def test_years_where_there_are_any_else_brackets_by_lower_bound() -> None:
    names, labels = target_labels(_cohort(["F"] * 2, ["", ""], [30.0, np.nan]), "age")
    assert names == []
    assert labels[0] == 30
    assert np.isnan(labels[1])
    names, labels = target_labels(_cohort(["F"] * 3, ["100+", "22-25", ""], [np.nan] * 3), "age")
    assert names == ["22-25", "100+"]
    assert {type(name) for name in names} == {str}
    assert labels.tolist() == [1, 0, -1]


def test_restricted_ages_count_where_they_were_read() -> None:
    exact = pd.DataFrame({"Age_in_Yrs": [31.0]}, index=["s1"])
    cohort = _cohort(["F", "F"], ["26-30", "31-35"], [np.nan] * 2, exact)
    _, labels = target_labels(cohort, "age")
    assert labels[1] == 31


def test_items_without_a_label_are_left_out() -> None:
    items = [{"subject": name} for name in "abc"]
    assert with_labels(items, np.array([1, -1, 0])) == [
        {"subject": "a", "label": 1},
        {"subject": "c", "label": 0},
    ]
    assert [item["label"] for item in with_labels(items, np.array([20.5, np.nan, 30.0]))] == [20.5, 30.0]


def test_people_of_unknown_sex_stay() -> None:
    sexes = sex_numbers(_cohort(["M", "", "F"], [""] * 3, [np.nan] * 3))
    assert with_sex([{"subject": name} for name in "abc"], sexes) == [
        {"subject": "a", "label": 1},
        {"subject": "b", "label": -1},
        {"subject": "c", "label": 0},
    ]
    assert sex_numbers(_cohort(["", ""], [""] * 2, [np.nan] * 2)).tolist() == [-1, -1]


@pytest.mark.parametrize(("target", "message"), [("weight", "sex or age"), ("sex", "known of nobody")])
def test_what_cannot_be_read_is_said(target: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        target_labels(_cohort([""], [""], [np.nan]), target)
