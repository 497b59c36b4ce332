"""Columns by a formula: the same for one person as for all, added to what the base says, kept in a checkpoint."""

import io

import numpy as np
import pandas as pd
import pytest
import torch

from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.open_covariates.design_formula import DesignFormula
from brainaging.pipeline.runtime import UserError

COUNT = 60
SPLINE = "bs(age, knots=[40, 60], lower_bound=15, upper_bound=95)"


@pytest.fixture
def people() -> Covariates:
    random = np.random.default_rng(0)
    more = pd.DataFrame(
        {"site": random.choice(["A", "B", "C"], COUNT), "education": random.normal(14, 3, COUNT)}, dtype=object
    ).astype({"education": float})
    return Covariates(random.uniform(20, 80, COUNT), np.arange(COUNT) % 2.0, random.normal(1400, 99, COUNT), more)


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("age + sex + head_size", 0),
        ("age + sex + head_size + age:sex", 1),
        ("age + sex + head_size + site + education", 3),
        ("age*site + sex", 4),
        (f"{SPLINE} + sex + head_size", 5),
    ],
)
def test_a_row_does_not_hang_on_who_else_is_there(people: Covariates, text: str, added: int) -> None:
    design = Design.by(text, people)
    rows = design.matrix(people)
    assert rows.shape == (COUNT, len(design.columns()))
    assert len(design.formula.names if design.formula else ()) == added
    assert np.linalg.matrix_rank(rows) == rows.shape[1]
    for person in (0, 17):
        np.testing.assert_allclose(design.matrix(people[np.array([person])])[0], rows[person], atol=1e-9)


def test_the_base_keeps_its_meaning_and_added_columns_add(people: Covariates) -> None:
    design = Design.by("age + sex + head_size + age:sex + education", people)
    base = Design.of(people).matrix(people)
    rows = design.matrix(people)
    np.testing.assert_array_equal(rows[:, : base.shape[1]], base)
    added = rows[:, base.shape[1] :]
    np.testing.assert_allclose(base.T @ added, 0, atol=1e-8)
    np.testing.assert_allclose(added.std(axis=0), 1)


def test_what_a_formula_spans_is_found_exactly(people: Covariates) -> None:
    design = Design.by("age + sex + head_size + age:sex + site", people)
    truth = 0.3 * people.age * (people.male - 0.5) + 2.0 * (people.more["site"] == "B") - people.age
    rows = design.matrix(people)
    effects = np.linalg.lstsq(rows, truth, rcond=None)[0]
    np.testing.assert_allclose(rows @ effects, truth, atol=1e-8)
    # ten years: 3 of men and as much less of women, beside the mean decline
    step = design.covariate_step(people, people.older(10.0)) @ effects
    np.testing.assert_allclose(step, 3.0 * (people.male - 0.5) - 10, atol=1e-6)


def test_age_bends_unless_the_formula_bends_it(people: Covariates) -> None:
    assert "age_squared" in Design.by("age + sex", people).columns()
    assert "age_squared" in Design.by("age + sex + age:sex", people).columns()
    assert "age_squared" not in Design.by("age + I(age**2) + sex", people).columns()


def test_a_checkpoint_s_state_makes_the_same_columns(people: Covariates) -> None:
    design = Design.by(f"{SPLINE} + sex + head_size + site", people)
    assert design.formula is not None
    file = io.BytesIO()
    torch.save(design.formula.state(), file)
    file.seek(0)
    again = DesignFormula.from_state(torch.load(file, weights_only=True))
    base = design.matrix(people)[:, : -len(again.names)]
    np.testing.assert_array_equal(again.matrix(people.frame, base), design.formula.matrix(people.frame, base))
    assert again.covariates == ("age", "head_size", "sex", "site")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "age + educ",
            r"expected a covariate of the people \(age, sex, head_size, site, education\), found 'educ'",
        ),
        ("bs(age, df=5) + sex", "give a spline's knots and bounds"),
        ("age + education + I(2 * education)", "that the others say already"),
        ("age + log(education - 100)", "null values|finite"),
    ],
)
def test_what_cannot_be_fitted_is_one_line(people: Covariates, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        Design.by(text, people)
    assert "\n" not in str(refused.value)


def test_people_who_lack_what_was_learned_from_are_told(people: Covariates) -> None:
    design = Design.by("age + sex + site + education", people)
    strange = people.more.assign(site="D")
    for more, words in (
        (None, "education: expected of everybody"),
        (people.more.drop(columns="site"), "site: expected of everybody"),
        (strange, "site: expected one of A, B, C, as was learned from, found 'D'"),
        (people.more.assign(education=np.nan), "education: expected a value of everybody, found 60 gaps"),
    ):
        with pytest.raises(UserError, match=words):
            design.matrix(Covariates(people.age, people.male, people.head_size, more))


def test_ages_beyond_a_spline_s_bounds_are_one_line(people: Covariates) -> None:
    design = Design.by(f"{SPLINE} + sex", people)
    with pytest.raises(UserError, match=r"formula .*bound") as refused:
        design.matrix(people.older(60.0))
    assert "\n" not in str(refused.value)
