"""What a formula names beside age, sex and head size, as a cohort or a table of its people has it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.open_covariates.design_formula import BASE
from brainaging.pipeline.counterfactual.open_covariates.formula_terms import formula_terms, named
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.person_covariates import people_rows
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)
_SITE = "site"


def other_covariates(formula: str) -> list[str]:
    """Return what a formula names beside :data:`BASE`, in the order of the alphabet.

    Raises:
        UserError: as :func:`formula_terms`.
    """
    factors = [str(factor.expr) for term in formula_terms(formula) for factor in term.factors]
    return sorted({name for factor in factors for name in named(factor)} - set(BASE))


def formula_columns(formula: str, prepared: Prepared, people: Path | None = None) -> pd.DataFrame:
    """Return the other covariates of a formula for a prepared cohort's scans, (n, k), a column each.

    A column of numbers is numbers, any other words; what is not known of a scan is missing.

    Args:
        formula: such as ``age + sex + head_size + site``.
        prepared: the cohort; it knows its sites.
        people: a CSV with ``subject`` (and ``session``) and the other columns.

    Raises:
        UserError: as :func:`other_covariates`; a covariate that neither knows, or as :func:`people_rows`.
    """
    table = None if people is None else people_rows(people, prepared.cohort)
    columns = {}
    for name in other_covariates(formula):
        if table is not None and name in table:
            columns[name] = _typed(table[name])
        elif name == _SITE and prepared.cohort.table[_SITE].astype(str).ne("").any():
            columns[name] = _typed(prepared.cohort.table[_SITE])
        else:
            where = f"a column of {people}" if people is not None else "a table with it by --people"
            raise UserError(f"formula {formula!r}: expected {where}, found nothing that knows {name}")
    return pd.DataFrame(columns, index=range(len(prepared)))


def with_columns(people: Covariates, rows: np.ndarray, columns: pd.DataFrame) -> tuple[Covariates, np.ndarray]:
    """Return the people of whom all ``columns`` are known too, with these, and their rows.

    Args:
        people: of m scans.
        rows: (m,) of the cohort.
        columns: of all the cohort's scans.

    Raises:
        UserError: one of the columns is known of none of the people.
    """
    theirs = columns.iloc[rows].reset_index(drop=True)
    for name in theirs:
        if theirs[name].isna().all():
            raise UserError(f"{name}: expected of people whose age, sex and head size are known, found of none")
    known = np.flatnonzero(theirs.notna().all(axis=1).to_numpy())
    if not len(known):
        raise UserError(f"{', '.join(map(str, theirs))}: expected people of whom all are known, found none")
    if len(known) < len(rows):
        log.warning(
            "left out: %d of %d people, of whom a covariate is not known", len(rows) - len(known), len(rows)
        )
    return replace(people[known], more=theirs.iloc[known].reset_index(drop=True)), rows[known]


def one_person(design: Design, values: Mapping[str, str]) -> pd.DataFrame:
    """Return one person's other covariates (1, k) from their text, by covariate.

    Args:
        design: of the model.
        values: such as ``{"education": "12", "site": "NYU"}``.

    Raises:
        UserError: a covariate that the design is not of, or one that it is of and is not given; a number that is
            none. Words are judged by the formula itself.
    """
    formula, known = design.formula, [name for name in design.covariates if name not in BASE]
    person: dict[str, list[float | str]] = {}
    for name, text in values.items():
        if name not in known:
            there = f"one of {', '.join(known)}" if known else "none, as the model is of age, sex and head size"
            raise UserError(f"{name}: expected {there}; found another covariate")
        if formula is not None and name in formula.levels:
            person[name] = [text]
            continue
        number = pd.to_numeric(text, errors="coerce")
        if not np.isfinite(number):
            raise UserError(f"{name}: expected a number, found {text!r}")
        person[name] = [float(number)]
    if missing := [name for name in known if name not in person]:
        raise UserError(
            f"{missing[0]}: expected what the person has, for the model's formula names it: give "
            f"--now {missing[0]}=VALUE"
        )
    return pd.DataFrame(person, index=[0])


def _typed(cells: pd.Series) -> pd.Series:
    """Return cells as numbers where all that say something are numbers, else as words."""
    text = cells.astype(str).str.strip().reset_index(drop=True)
    said = text.where(text.ne(""))
    numbers = pd.to_numeric(said, errors="coerce")
    return numbers if np.isfinite(numbers[said.notna()]).all() else said
