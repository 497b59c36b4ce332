"""Age, sex and head size of people as numbers that networks are conditioned on, missing ones NaN."""

from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.prepared import Prepared
from brainaging.pipeline.data.targets import sex_numbers
from brainaging.pipeline.runtime import UserError

#: middle of the age brackets of HCP's unrestricted table (WU-Minn HCP S1200 reference manual), years; the last is
#: open, and its people are 36 and a little more. Sensitivity: half a year of 36.5 is 5 % of the range of ages; 36+
#: is 1 % of HCP's people, and a year there moves a slope by less than 1 %
BRACKET_YEARS = {"22-25": 24.0, "26-30": 28.5, "31-35": 33.5, "36+": 36.5}
#: covariates by name, and how each enters a network's design (``networks.conditional.covariate_columns.KINDS``)
COVARIATES = {"age": "number", "sex": "pair", "head_size": "log"}
#: their units, for tables and messages
COVARIATE_UNITS = {"age": "years", "sex": "F or M", "head_size": "mL"}


def covariate_names(design: str) -> list[str]:
    """Return the covariates of a design, in its order.

    >>> covariate_names("age + sex + head_size")
    ['age', 'sex', 'head_size']

    Raises:
        UserError: none, one twice, or one that people here do not have.
    """
    names = [name.strip() for name in design.split("+")]
    for name in names:
        if name not in COVARIATES:
            known = ", ".join(COVARIATES)
            raise UserError(f"covariates: expected {known}, joined by +, found {name or 'nothing'} in {design!r}")
    if len(set(names)) < len(names):
        raise UserError(f"covariates: expected each once, found {design!r}")
    return names


def covariate_kinds(design: str) -> list[str]:
    """Return how each covariate of a design enters a network: ``number``, ``pair`` or ``log``."""
    return [COVARIATES[name] for name in covariate_names(design)]


def known_years(cohort: Cohort) -> np.ndarray:
    """Return ages (n,): years where they are known, else the middle of HCP's bracket, else NaN."""
    years = cohort.age_years()
    bracket = np.array([BRACKET_YEARS.get(name, np.nan) for name in cohort.table["age_bracket"]])
    return np.where(np.isfinite(years), years, bracket)


def person_covariates(prepared: Prepared, design: str) -> np.ndarray:
    """Return covariates (n, k) of a prepared cohort's scans: years, 0 for F and 1 for M, mL; NaN unknown."""
    sex = sex_numbers(prepared.cohort).astype(float)
    values = {
        "age": known_years(prepared.cohort),
        "sex": np.where(sex < 0, np.nan, sex),
        "head_size": prepared.head_size,
    }
    return np.stack([values[name] for name in covariate_names(design)], axis=1).astype(np.float32)


def covariate_datalist(
    dataset_dir: str | Path, covariates: str, split: str | None = None, restricted: str | None = None
) -> list[dict[str, Any]]:
    """Return image, subject, session, ``covariates`` (k,) and ``number`` of each scan in a folder's ``split``.

    Args:
        dataset_dir: what `brainaging prepare` wrote.
        covariates: the design, such as ``age + sex + head_size``.
        split: ``train``, ``val`` or ``test``; None for all.
        restricted: HCP's restricted table, for exact ages; they stay in memory.

    Raises:
        UserError: as :meth:`Prepared.load` and :func:`covariate_names`; nobody is in the split; or a covariate is
            known of nobody there.
    """
    prepared = Prepared.load(dataset_dir, restricted=restricted, public_only=restricted is None)
    rows = np.arange(len(prepared)) if split is None else prepared.split(split)
    if not len(rows):
        raise UserError(f"{prepared.folder}: nobody is in split {split!r}")
    values = person_covariates(prepared, covariates)[rows]
    for name, column in zip(covariate_names(covariates), values.T, strict=True):
        if not np.isfinite(column).any():
            raise UserError(f"{prepared.folder}: {name} is known of nobody in split {split!r}")
    return with_covariates(prepared.datalist(rows), values)


def with_covariates(items: list[dict[str, str]], covariates: np.ndarray) -> list[dict[str, Any]]:
    """Return a datalist's items with their ``covariates`` (m, k), and their ``number`` in the list."""
    pairs = enumerate(zip(items, covariates, strict=True))
    return [{**item, "covariates": values, "number": number} for number, (item, values) in pairs]
