"""Covariates of people: years or brackets' middles, sexes as numbers, who is unknown."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import (
    Cohort,
    known_years,
    person_covariates,
    with_covariates,
)
from brainaging.pipeline.data.cohorts.cohort import PUBLIC_COLUMNS
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def cohort() -> Cohort:
    """Three people: years, a bracket, nothing."""
    columns = {"subject": ["a", "b", "c"], "session": "", "image": "", "space": "template", "site": ""}
    known = {"sex": ["M", "F", ""], "age_bracket": ["26-30", "36+", ""], "age_years": [29.5, np.nan, np.nan]}
    return Cohort(pd.DataFrame({**columns, **known})[list(PUBLIC_COLUMNS)])


def test_years_stand_before_the_middle_of_a_bracket(cohort) -> None:
    np.testing.assert_array_equal(known_years(cohort), [29.5, 36.5, np.nan])


def test_covariates_stand_in_the_design_s_order(cohort) -> None:
    prepared = SimpleNamespace(cohort=cohort, head_size=np.array([1500.0, np.nan, 1300.0]))
    values = person_covariates(prepared, "head_size + sex + age")
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.float32([[1500, 1, 29.5], [np.nan, 0, 36.5], [1300, np.nan, np.nan]]))
    items = with_covariates([{"subject": name} for name in "abc"], values)
    np.testing.assert_array_equal(items[1]["covariates"], values[1])
    assert [item["number"] for item in items] == [0, 1, 2]


def test_other_covariates_stand_in_a_table_of_people(cohort, tmp_path) -> None:
    prepared = SimpleNamespace(cohort=cohort, head_size=np.ones(3))
    table = tmp_path / "people.csv"
    table.write_text("subject,education,scanner\nc,12,old\na,16.5,new\n")
    values = person_covariates(prepared, "education + scanner[old|new]", table)
    np.testing.assert_array_equal(values, np.float32([[16.5, 1], [np.nan, np.nan], [12, 0]]))
    with pytest.raises(UserError, match=r"covariates: iq is not a column of .*people\.csv"):
        person_covariates(prepared, "iq", table)
    with pytest.raises(UserError, match="covariates: education is not known here: name a table"):
        person_covariates(prepared, "education")
    table.write_text("subject,education\na,12\na,13\n")
    with pytest.raises(UserError, match="expected a row for each subject, found a twice"):
        person_covariates(prepared, "education", table)


def test_sites_are_the_cohort_s(cohort) -> None:
    cohort.table["site"] = ["NYU", "KKI", ""]
    prepared = SimpleNamespace(cohort=cohort, head_size=np.ones(3))
    np.testing.assert_array_equal(person_covariates(prepared, "site[KKI|NYU]")[:, 0], np.float32([1, 0, np.nan]))
    with pytest.raises(UserError, match="site: expected KKI or UCLA, found 'NYU'"):
        person_covariates(prepared, "site[KKI|UCLA]")
