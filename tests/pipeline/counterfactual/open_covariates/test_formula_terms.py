"""What a formula may say: terms and a few functions, and nothing that runs."""

import pytest

from brainaging.pipeline.counterfactual.open_covariates.formula_terms import formula_terms, named
from brainaging.pipeline.runtime import UserError


def test_terms_are_named_and_functions_are_no_covariates() -> None:
    terms = formula_terms("age * sex + bs(age, knots=[40, 60], lower_bound=15, upper_bound=95) + log(income)")
    assert {str(term) for term in terms} >= {"age", "sex", "age:sex", "log(income)"}
    assert {str(term) for term in formula_terms("I(age**2) + I(age ** 0.5) + (age + sex)**2")} >= {"age:sex"}
    assert named("bs(age, knots=[40], lower_bound=15, upper_bound=95)") == {"age"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected covariates"),
        ("age + (", "found no formula"),
        ("volume ~ age", "left of ~"),
        ("age - 1", "constant"),
        ("age + open(site)", "alone to be called, found 'open'"),
        ("age + site.upper()", "alone to be called"),
        ("{age.__class__}", "names and arithmetic"),
        ("{[x for x in age]}", "names and arithmetic"),
        ("{(lambda: 1)()}", "alone to be called"),
        ("{bs(age, knots=__import__)}" + " + age" * 100, "at most 500"),
        ("I(age if sex else 1)", "names and arithmetic"),
        ("{age[0]}", "names and arithmetic"),
        ("I(9**9**9**9)", "powers up to 9"),
        ("I((9**9)**9)", "powers of covariates"),
        ("I(age**99)", "powers up to 9"),
        ("I(age**sex)", "powers up to 9"),
        ("(age + sex)**9**9", "powers up to 9"),
        (" + ".join(f"x{number}" for number in range(30)), "at most 20 names"),
    ],
)
def test_what_is_no_formula_is_one_line(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        formula_terms(text)
    assert "\n" not in str(refused.value)


def test_nothing_that_a_formula_says_is_run(tmp_path) -> None:
    target = tmp_path / "written"
    for text in (f"age + {{open('{target}', 'w')}}", f"I(__import__('pathlib').Path('{target}').touch())"):
        with pytest.raises(UserError):
            formula_terms(text)
    assert not target.exists()
