"""The edit in scikit-learn's form: a planted effect of another covariate is found, held, and kept in a file."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from brainaging.pipeline.counterfactual.edit_checkpoint import load
from brainaging.pipeline.counterfactual.estimator import CounterfactualModel
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")
FORMULA = "age + sex + head_size + training"
#: strong, for 24 people to tell it from what they differ in anyway
PLANTED = -0.2


@pytest.fixture(scope="module")
def spot() -> np.ndarray:
    """Where training darkens a brain."""
    middle = np.linalg.norm(np.indices(GRID.shape) - np.array([20.0, 18, 20])[:, None, None, None], axis=0)
    return np.exp(-((middle / 3) ** 2) / 2).astype(np.float32)


@pytest.fixture(scope="module")
def cohort(small_cohort, spot) -> tuple[np.ndarray, pd.DataFrame]:
    """People of whom those with more training have a darker spot, whatever their age."""
    count = len(small_cohort.volumes)
    training = np.random.default_rng(5).permutation(np.linspace(-1.5, 1.5, count))
    people = pd.DataFrame(
        {"age": small_cohort.age, "sex": np.where(small_cohort.male > 0, "M", "F"), "training": training}
    )
    darker = PLANTED * training[:, None, None, None] * spot
    return (small_cohort.volumes + darker).astype(np.float32), people


@pytest.fixture(scope="module")
def model(cohort) -> CounterfactualModel:
    scans, people = cohort
    return CounterfactualModel(FORMULA, grid="t1w_32", knots_mm=48.0).fit(
        scans, people, np.arange(len(scans)) // 2
    )


def test_it_has_scikit_learn_s_habits() -> None:
    model = CounterfactualModel(FORMULA, grid="t1w_32", knots_mm=48.0)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        model.predict(np.zeros((1, *GRID.shape)), pd.DataFrame(), {})


@pytest.mark.slow
def test_a_planted_effect_is_found_and_held(model, cohort, spot) -> None:
    scans, people = cohort
    shown, who = scans[:4], people[:4]
    more = model.predict(shown, who, {"training": who["training"] + 1}).mean(0)
    inside = spot > 0.3
    assert np.corrcoef(more.ravel(), (PLANTED * spot).ravel())[0, 1] > 0.5
    assert 0.4 < more[inside].mean() / (PLANTED * spot[inside]).mean() < 1.4
    # ten years are another change, and leave training where it is
    older = model.predict(shown, who, {"age": who["age"] + 10}).mean(0)
    assert abs(older[inside].mean()) < 0.35 * abs(more[inside].mean())


@pytest.mark.slow
def test_head_size_is_one_instrument_s_in_fitting_and_editing(model, cohort) -> None:
    scans, people = cohort
    sized = model.measured(scans, people)
    assert np.exp(np.log(sized["head_size"]).mean()) == pytest.approx(
        np.exp(model.learned_.edit.design.log_size), rel=0.02
    )
    halved = model.measured(scans, people, np.full(len(scans), 0.5))
    np.testing.assert_allclose(halved["head_size"], 0.5 * sized["head_size"])
    ten = {"age": people["age"][:2] + 10}
    np.testing.assert_array_equal(
        model.predict(scans[:2], sized[:2], ten), model.predict(scans[:2], people[:2], ten)
    )


@pytest.mark.slow
def test_nothing_changed_changes_nothing(model, cohort) -> None:
    scans, people = cohort
    np.testing.assert_array_equal(model.predict(scans[:2], people[:2], {}), 0)
    np.testing.assert_array_equal(
        model.edit(scans[:2], people[:2], {"age": people["age"][:2]}), np.clip(scans[:2], 0, None)
    )


@pytest.mark.slow
def test_a_file_holds_the_formula_and_nobody_s_values(model, cohort, tmp_path) -> None:
    scans, people = cohort
    assert model.covariates_ == ("age", "sex", "head_size", "training")
    model.save(tmp_path / "edits.pt")
    again = CounterfactualModel.load(tmp_path / "edits.pt")
    assert again.formula == FORMULA and again.grid == "t1w_32"
    to = {"training": people["training"][:2] - 1}
    np.testing.assert_array_equal(
        again.predict(scans[:2], people[:2], to), model.predict(scans[:2], people[:2], to)
    )
    assert load(tmp_path / "edits.pt").edit.design.columns()[-1] == "training"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"income": 3}, r"income: expected one of the covariates learned from \(age, sex, head_size, training\)"),
        ({"sex": "male"}, "sex: expected F or M, found 'male'"),
        ({"training": np.nan}, "training: expected a value of everybody"),
    ],
)
def test_what_cannot_be_asked_is_one_line(model, cohort, changes, words) -> None:
    scans, people = cohort
    with pytest.raises(UserError, match=words):
        model.predict(scans[:2], people[:2], changes)


def test_scans_and_people_that_do_not_fit_are_named(cohort) -> None:
    scans, people = cohort
    fresh = CounterfactualModel(FORMULA, grid="t1w_32")
    with pytest.raises(UserError, match="a row for each of 24 scans, found 23"):
        fresh.fit(scans, people[1:])
    with pytest.raises(UserError, match=r"scans: expected \(n, \(32, 32, 32\)\) of t1w_32"):
        fresh.fit(scans[:, 1:], people)
    with pytest.raises(UserError, match="head_size is measured in the scans"):
        fresh.fit(scans, people.assign(head_size=1400.0))
    with pytest.raises(UserError, match="people: expected a column 'age', found sex, training"):
        fresh.fit(scans, people.drop(columns="age"))
