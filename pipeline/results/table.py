"""results.csv: the long form of typed results, one row a finding, read back without loss.

The columns are stable: a kind of finding fills those that are its fields and leaves the others empty. Text is
text, numbers are written in full precision, a missing number is an empty cell.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

import pandas as pd

from brainaging.pipeline.results.findings import KINDS
from brainaging.pipeline.results.shared_fields import Finding
from brainaging.pipeline.runtime import UserError, atomic_output
from brainaging.pipeline.runtime.unreadable import found_in

#: what each column holds; :data:`COLUMNS` has their order
SCHEMA: dict[str, str] = {
    "experiment": "which experiment",
    "cohort": "name of the cohort",
    "modality": "T1w, or table for FreeSurfer measures",
    "features": "what a model reads, or which brains a classifier is asked about",
    "target": "what is predicted or reconstructed",
    "model": "what predicts, reconstructs, generates or edits",
    "split": "how subjects were split",
    "metric": "what was measured",
    "value": "its value, in the metric's own unit",
    "ci_low": "lower end of the 95 % interval",
    "ci_high": "upper end of the 95 % interval",
    "baseline": "what the value is compared with",
    "baseline_value": "the baseline's value of the same metric",
    "original_value": "what the original study reported",
    "n_train": "mean number of training subjects over the folds",
    "n_test": "number of subjects tested",
    "seed": "of the run",
    "kind": "the kind of finding: a name in KINDS",
    "encoder": "whose latents the features are",
    "codes": "how many numbers a latent has, or components a PCA",
    "adjustment": "what was done about head size, sites or age bias",
    "site": "the one site whose people are tested; empty for everybody",
    "people": "the subgroup that is scored; empty for everybody",
    "contrast": "in what the two sides of a difference differ",
    "reference": "what a difference subtracts, in the codes of the column that contrast names",
    "statistic": "the metric that a permutation test permutes",
    "baseline_codes": "as codes, of the baseline",
    "baseline_low": "2.5th percentile of the baseline over random draws",
    "baseline_high": "97.5th percentile of the baseline over random draws",
    "edit": "what an edit was asked for",
    "system": "name of a system that is known by its predictions alone, as their folder is called",
    "n_groups": "families or anatomies that the interval draws; 0 where it is not recorded",
    "instrument": "what measures edited images for the score",
    "structure": "which structure an instrument measured: one, all, or those seen",
    "covariates": "the model's covariates other than the one whose direction it is",
    "reader": "the classifier that a gate check is about",
    "scale": "linear scale of the scans that a classifier is asked about",
    "level": "what is ranked: single measures or structures",
    "k": "how many measures or structures are planted",
    "limit": "what a gate check allows",
    "passed": "whether a gate check passed",
    "reason": "why a number was not computed, or what a gate check saw",
}
COLUMNS: tuple[str, ...] = tuple(SCHEMA)


def _types(cls: type[Finding]) -> dict[str, type]:
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


#: the type of every column that a kind of finding fills, by kind
COLUMN_TYPES: dict[str, dict[str, type]] = {kind: _types(cls) for kind, cls in KINDS.items()}


def to_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table of text with :data:`COLUMNS`, in the order given."""
    return pd.DataFrame([_cells(finding) for finding in findings], columns=list(COLUMNS), dtype=str)


def from_frame(frame: pd.DataFrame, source: str = "results.csv") -> list[Finding]:
    """Return the findings of a table of text, in its order.

    Args:
        frame: as :func:`to_frame` makes it.
        source: name of the table in errors.

    Raises:
        UserError: other columns, a kind that is unknown, a cell that is no number, or a code that the vocabulary
            does not have; the line is named.
    """
    findings, faults = _parsed(frame, source)
    if faults:
        raise UserError(faults[0])
    return findings


def write_results(findings: Iterable[Finding], path: str | Path) -> list[Finding]:
    """Write findings to a CSV, atomically and in full precision, and return them as a list."""
    written = list(findings)
    frame = to_frame(written)
    # a bare carriage return ends a line for readers; pandas quotes it only where everything is quoted
    whole = any("\r" in cell for cell in frame.to_numpy().flat)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if whole else csv.QUOTE_MINIMAL
    with atomic_output(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8", quoting=quoting)
    return written


def read_results(path: str | Path) -> list[Finding]:
    """Read what :func:`write_results` wrote: the same findings.

    Raises:
        UserError: no such file, or as :func:`from_frame`.
    """
    return from_frame(_frame(Path(path)), str(path))


def readable_results(path: str | Path) -> tuple[list[Finding], list[str]]:
    """Read the findings of a table of which rows may be broken, and one line about each row that is.

    Raises:
        UserError: no such file, or other columns.
    """
    return _parsed(_frame(Path(path)), str(path))


def _frame(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise UserError(f"{path}: expected a results table, found no file")
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: expected a results table, found {found_in(error)}") from error


def _parsed(frame: pd.DataFrame, source: str) -> tuple[list[Finding], list[str]]:
    """Return the findings of a table of text, and what is wrong with the rows that are none."""
    _check_columns(list(frame.columns), source)
    findings: list[Finding] = []
    faults: list[str] = []
    for line, record in enumerate(frame.astype(str).to_dict("records"), start=2):
        try:
            findings.append(_finding(record, f"{source}, line {line}"))
        except UserError as error:
            faults.append(str(error))
    return findings, faults


def _cells(finding: Finding) -> dict[str, str]:
    filled = {name: _text(getattr(finding, name)) for name in COLUMN_TYPES[finding.kind]}
    return {name: filled.get(name, "") for name in COLUMNS} | {"kind": finding.kind}


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    return str(value)


def _finding(record: Mapping[Any, Any], where: str) -> Finding:
    kind = record["kind"]
    if kind not in KINDS:
        raise UserError(f"{where}: kind expected one of {', '.join(KINDS)}; found {kind!r}")
    types = COLUMN_TYPES[kind]
    strays = [name for name in COLUMNS if name != "kind" and name not in types and record[name]]
    if strays:
        raise UserError(f"{where}: a {kind} has no {strays[0]}, found {record[strays[0]]!r}")
    values: dict[str, Any] = {name: _value(record[name], of, f"{where}: {name}") for name, of in types.items()}
    try:
        return KINDS[kind](**values)
    except ValueError as error:
        raise UserError(f"{where}: {error}") from error


def _value(text: str, of: type, where: str) -> object:
    if of is str:
        return text
    if of is bool:
        if text not in ("True", "False"):
            raise UserError(f"{where} expected True or False, found {text!r}")
        return text == "True"
    try:
        return of(text) if text else math.nan if of is float else int(text)
    except ValueError:
        raise UserError(f"{where} expected a number, found {text!r}") from None


def _check_columns(columns: Sequence[str], source: str) -> None:
    if tuple(columns) != COLUMNS:
        raise UserError(
            f"{source}: expected the columns {', '.join(COLUMNS)}; found {', '.join(map(str, columns))}"
        )
