"""Designs of covariates: names, kinds, words as numbers and back; what is none is refused with an example."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.data import covariate_kinds, covariate_names, covariate_terms
from brainaging.pipeline.runtime import UserError

DESIGN = "age + sex + head_size + education + site[KKI|NYU|UCLA]"


def test_every_kind_of_covariate_has_its_place() -> None:
    assert covariate_names(DESIGN) == ["age", "sex", "head_size", "education", "site"]
    assert covariate_kinds(DESIGN) == ["number", "pair", "log", "number", "words:3"]
    assert covariate_kinds("sex + age") == ["pair", "number"]


@given(
    st.lists(st.from_regex(r"[A-Za-z0-9 _.-]*[A-Za-z0-9]", fullmatch=True).map(str.strip), min_size=2, unique=True)
)
def test_words_come_back_from_their_numbers(words: list[str]) -> None:
    (term,) = covariate_terms(f"group[{'|'.join(words)}]")
    assert [term.text(term.number(word)) for word in words] == words


def test_an_empty_cell_is_any() -> None:
    for term in covariate_terms(DESIGN):
        assert math.isnan(term.number(" "))
        assert term.text(float("nan")) == ""


@pytest.mark.parametrize(
    ("name", "cell", "message"),
    [
        ("site", "MIT", "site: expected KKI or NYU or UCLA, found 'MIT'"),
        ("sex", "man", "sex: expected F or M, found 'man'"),
        ("age", "-3", "age: expected a number of years above 0, found '-3'"),
        ("education", "much", "education: expected a number, found 'much'"),
    ],
)
def test_a_cell_that_is_none_is_named(name: str, cell: str, message: str) -> None:
    term = next(term for term in covariate_terms(DESIGN) if term.name == name)
    with pytest.raises(UserError, match=message):
        term.number(cell)
    assert covariate_terms("iq")[0].number("-3") == -3


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ("", "found nothing in ''"),
        ("age + age", "expected each once"),
        ("age + site[KKI]", "expected two words or more"),
        ("age + site[KKI|KKI]", "expected two words or more"),
        ("sex[F|M]", "expected two words or more"),
        ("age * sex", "expected such as age \\+ sex"),
    ],
)
def test_what_is_no_design_is_refused(design: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        covariate_terms(design)
