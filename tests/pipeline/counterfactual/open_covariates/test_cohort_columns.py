"""A formula's other covariates: from the cohort or a table of its people, and of one person from their text."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.open_covariates.cohort_columns import (
    formula_columns,
    one_person,
    other_covariates,
    with_columns,
)
from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.cohorts.cohort import PUBLIC_COLUMNS
from brainaging.pipeline.runtime import UserError

FORMULA = "age + sex + head_size + age:site + log(education)"


class _Prepared(SimpleNamespace):
    def __len__(self) -> int:
        return len(self.cohort.table)


@pytest.fixture
def prepared() -> _Prepared:
    """Four people of two sites, one of whom nobody knows where they were scanned."""
    columns = {
        "subject": list("abcd"),
        "session": "",
        "image": "",
        "space": "template",
        "site": ["X", "Y", "X", ""],
    }
    known = {"sex": "M", "age_bracket": "", "age_years": 30.0}
    return _Prepared(cohort=Cohort(pd.DataFrame({**columns, **known})[list(PUBLIC_COLUMNS)]))


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("subject,education,hand\nc,12,left\na,16.5,right\nd,9,\nz,3,left\n")
    return path


def test_what_a_formula_names_beside_the_base() -> None:
    assert other_covariates(FORMULA) == ["education", "site"]
    assert other_covariates("age + sex + head_size") == []


def test_numbers_are_numbers_words_are_words_and_what_nobody_said_is_missing(prepared, people) -> None:
    columns = formula_columns(FORMULA + " + hand", prepared, people)
    np.testing.assert_array_equal(columns["education"], [16.5, np.nan, 12, 9])
    assert columns["site"].tolist()[:3] == ["X", "Y", "X"]
    assert columns["hand"].isna().tolist() == [False, True, False, True]
    assert columns["site"].isna().tolist() == [False, False, False, True]


def test_who_is_not_wholly_known_is_left_out_in_step_with_the_rows(prepared, people, caplog) -> None:
    everybody = Covariates(np.arange(3.0), np.zeros(3), np.full(3, 1400.0))
    columns = formula_columns(FORMULA, prepared, people)
    kept, rows = with_columns(everybody, np.array([0, 1, 2]), columns)
    assert rows.tolist() == [0, 2]
    assert kept.age.tolist() == [0.0, 2.0]
    assert kept.more is not None and kept.more["education"].tolist() == [16.5, 12.0]
    assert "1 of 3 people" in caplog.text
    with pytest.raises(UserError, match="site: expected of people whose age"):
        with_columns(everybody[:1], np.array([3]), columns)
    with pytest.raises(UserError, match="expected people of whom all are known, found none"):
        with_columns(everybody[:2], np.array([1, 3]), columns)


def test_what_nobody_knows_is_refused_in_one_line(prepared, people) -> None:
    with pytest.raises(UserError, match=r"expected a column of .*people\.csv, found nothing that knows iq"):
        formula_columns("age + iq", prepared, people)
    with pytest.raises(UserError, match="expected a table with it by --people, found nothing that knows iq"):
        formula_columns("age + iq", prepared)
    prepared.cohort.table["site"] = ""
    with pytest.raises(UserError, match="found nothing that knows site"):
        formula_columns("age + site", prepared)


def test_one_person_is_read_as_the_formula_was_learned() -> None:
    random = np.random.default_rng(0)
    more = pd.DataFrame({"education": random.uniform(8, 20, 40), "site": random.choice(["X", "Y"], 40)})
    cohort = Covariates(random.uniform(20, 80, 40), np.arange(40) % 2.0, random.normal(1400, 90, 40), more)
    design = Design.by("age + sex + head_size + education + site", cohort)
    person = one_person(design, {"site": "Y", "education": "12.5"})
    before = Covariates(np.array([40.0]), np.ones(1), np.array([1400.0]), person)
    assert design.matrix(before).shape == (1, len(design.columns()))
    for values, says in (
        ({"education": "12"}, "site: expected what the person has"),
        ({"education": "twelve", "site": "X"}, "education: expected a number, found 'twelve'"),
        ({"iq": "100"}, "iq: expected one of education, site; found another covariate"),
        ({"age": "40"}, "age: expected one of education, site; found another covariate"),
    ):
        with pytest.raises(UserError, match=says):
            one_person(design, values)
    with pytest.raises(UserError, match="expected none, as the model is of age, sex and head size"):
        one_person(Design.of(cohort), {"education": "12"})
    assert one_person(Design.of(cohort), {}).shape == (1, 0)
