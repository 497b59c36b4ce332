"""Covariates of people as numbers that networks are conditioned on, missing ones NaN."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.tables import read_table
from brainaging.pipeline.data.covariate_design import covariate_names, covariate_terms
from brainaging.pipeline.data.prepared import Prepared
from brainaging.pipeline.data.targets import sex_numbers
from brainaging.pipeline.runtime import UserError

#: middle of the age brackets of HCP's unrestricted table (WU-Minn HCP S1200 reference manual), years; the last is
#: open, and its people are 36 and a little more. Sensitivity: half a year of 36.5 is 5 % of the range of ages; 36+
#: is 1 % of HCP's people, and a year there moves a slope by less than 1 %
BRACKET_YEARS = {"22-25": 24.0, "26-30": 28.5, "31-35": 33.5, "36+": 36.5}


def known_years(cohort: Cohort) -> np.ndarray:
    """Return ages (n,): years where they are known, else the middle of HCP's bracket, else NaN."""
    years = cohort.age_years()
    bracket = np.array([BRACKET_YEARS.get(name, np.nan) for name in cohort.table["age_bracket"]])
    return np.where(np.isfinite(years), years, bracket)


def person_covariates(prepared: Prepared, design: str, people: str | Path | None = None) -> np.ndarray:
    """Return covariates (n, k) of a prepared cohort's scans: years, 0 for F and 1 for M, mL; NaN unknown.

    Args:
        prepared: the cohort, which knows age, sex, head size and site.
        design: such as ``age + sex + head_size + education``.
        people: a CSV with ``subject`` (and ``session``) and the design's other columns.

    Raises:
        UserError: as :func:`covariate_terms`; a covariate that neither knows, a row that is there twice, or a cell
            that is no number or another word.
    """
    sex = sex_numbers(prepared.cohort).astype(float)
    values = {
        "age": known_years(prepared.cohort),
        "sex": np.where(sex < 0, np.nan, sex),
        "head_size": prepared.head_size,
    }
    table = None if people is None else people_rows(Path(people), prepared.cohort)
    columns = []
    for term in covariate_terms(design):
        if term.name in values:
            columns.append(values[term.name])
        elif table is not None and term.name in table:
            columns.append(np.array([term.number(cell) for cell in table[term.name]]))
        elif term.name == "site":
            columns.append(np.array([term.number(cell) for cell in prepared.cohort.table["site"].astype(str)]))
        else:
            where = f"a column of {people}" if people is not None else "known here: name a table of it as people"
            raise UserError(f"covariates: {term.name} is not {where}")
    return np.stack(columns, axis=1).astype(np.float32)


def people_rows(path: Path, cohort: Cohort) -> pd.DataFrame:
    """Return a table's cells as text, a row a scan of the cohort; empty where it does not name the scan.

    Raises:
        UserError: no such table, no column ``subject``, or a scan's row that is there twice.
    """
    frame = read_table(path).frame.astype(str)
    if "subject" not in frame:
        raise UserError(f"{path}: expected a column subject, found {', '.join(map(str, frame.columns))}")
    keys = ["subject", "session"] if "session" in frame else ["subject"]
    if frame.duplicated(keys).any():
        twice = frame.loc[frame.duplicated(keys), "subject"].iloc[0]
        raise UserError(f"{path}: expected a row for each {' and '.join(keys)}, found {twice} twice")
    own = cohort.table[keys].astype(str)
    found: pd.DataFrame = own.merge(frame, how="left", on=keys).fillna("")
    return found


def covariate_datalist(
    dataset_dir: str | Path,
    covariates: str,
    split: str | None = None,
    restricted: str | None = None,
    people: str | None = None,
) -> list[dict[str, Any]]:
    """Return image, subject, session, ``covariates`` (k,) and ``number`` of each scan in a folder's ``split``.

    Args:
        dataset_dir: what `brainaging prepare` wrote.
        covariates: the design, such as ``age + sex + head_size``.
        split: ``train``, ``val`` or ``test``; None for all.
        restricted: HCP's restricted table, for exact ages; they stay in memory.
        people: a table of the design's other covariates, see :func:`person_covariates`.

    Raises:
        UserError: as :meth:`Prepared.load` and :func:`person_covariates`; nobody is in the split; or a covariate
            is known of nobody there.
    """
    prepared = Prepared.load(dataset_dir, restricted=restricted, public_only=restricted is None)
    rows = np.arange(len(prepared)) if split is None else prepared.split(split)
    if not len(rows):
        raise UserError(f"{prepared.folder}: nobody is in split {split!r}")
    values = person_covariates(prepared, covariates, people)[rows]
    for name, column in zip(covariate_names(covariates), values.T, strict=True):
        if not np.isfinite(column).any():
            raise UserError(f"{prepared.folder}: {name} is known of nobody in split {split!r}")
    return with_covariates(prepared.datalist(rows), values)


def with_covariates(items: list[dict[str, str]], covariates: np.ndarray) -> list[dict[str, Any]]:
    """Return a datalist's items with their ``covariates`` (m, k), and their ``number`` in the list."""
    pairs = enumerate(zip(items, covariates, strict=True))
    return [{**item, "covariates": values, "number": number} for number, (item, values) in pairs]
