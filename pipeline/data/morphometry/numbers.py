"""One file of measures: its numbers by subject, and everything that is wrong with it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.codes import check_subject, is_missing
from brainaging.pipeline.data.cohorts.people import COLUMNS as PEOPLE
from brainaging.pipeline.data.cohorts.problems import CohortError, Problems
from brainaging.pipeline.data.cohorts.tables import TextTable, read_table
from brainaging.pipeline.data.morphometry.columns import parse_column
from brainaging.pipeline.data.morphometry.table_files import written_by_freesurfer

_SHOWN = 5


@dataclass
class Numbers:
    """``frame`` (n, p) float64 by subject, NaN where missing; columns left out, problems, notes."""

    path: Path
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)


def read_numbers(path: Path) -> Numbers:
    """Read one table; rows and cells that are bad are gathered in ``problems``.

    Raises:
        CohortError: the table as a whole cannot be used: no text table, no column of subjects, a column twice, no
            column named as FreeSurfer's measures are, no column of numbers.
    """
    out, table = Numbers(path), read_table(path)
    first = str(table.frame.columns[0])
    written = written_by_freesurfer(first)
    subject = first if written else table.required("subject", PEOPLE["subject"])
    names = [str(name) for name in table.frame.columns if name != subject]
    doubled = [f"{name!r} stands {count} times" for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise CohortError.single(f"{path}: column {', '.join(doubled[:_SHOWN])}: keep one")
    # the tables of volumes and of intensities name their columns alike
    kind = (written.group("measure") or "volume") if written else "volume"
    measured = _measured(table, {name: _with_kind(name, kind) for name in names}, out)
    if not measured:
        raise CohortError.single(
            f"{path}: no column is named as FreeSurfer's measures are (FS_L_Hippo_Vol, lh_insula_thickness, "
            f"Left-Hippocampus), found {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}"
        )
    subjects = _subjects(table, subject, out.problems)
    cells = {new: _column(table, name, subjects, out) for name, new in measured.items()}
    columns = {name: values for name, values in cells.items() if values is not None}
    if not columns:
        raise CohortError.single(f"{path}: no column holds numbers")
    frame = pd.DataFrame(columns, index=pd.Index(subjects, name="subject"))
    empty = frame.isna().all(axis=1)
    if empty.any():
        out.notes.append(f"{path.name}: {int(empty.sum())} of {len(frame)} people have no measure: left out")
    out.frame = frame[~empty]
    return out


def _with_kind(name: str, kind: str) -> str:
    """Return a structure's name with what asegstats2table measured."""
    return name if kind == "volume" or parse_column(name).atlas == "global" else f"{name}_{kind}"


def _measured(table: TextTable, names: dict[str, str], out: Numbers) -> dict[str, str]:
    """Return the columns that are measures; others are noted in ``dropped``, except who the person is.

    ``names`` maps the file's names to those that say the measure too.
    """
    hcp = any(name.startswith("FS_") for name in names)
    person = {name for what in ("sex", "age", "bracket", "site") for name in table.named(PEOPLE[what])}
    measured = {}
    for name, new in names.items():
        # HCP's unrestricted CSV holds 500 columns of other things
        if name in person or (hcp and not name.startswith("FS_")):
            continue
        if parse_column(new).measure == "other":
            out.dropped.append((name, "not a FreeSurfer measure"))
        else:
            measured[name] = new
    return measured


def _subjects(table: TextTable, column: str, problems: Problems) -> list[str]:
    subjects = [str(cell) for cell in table.frame[column]]
    seen: dict[str, str] = {}
    for line, name in zip(table.frame.index, subjects, strict=True):
        where = table.where(int(line))
        try:
            check_subject(name)
        except ValueError as error:
            problems.add(name, where, str(error))
        # 01 and sub-01 would be one person once joined to BIDS's tables
        person = name.removeprefix("sub-")
        if person in seen:
            problems.add(name, where, f"stands in {seen[person]} too: a table holds one row a subject")
        seen.setdefault(person, where)
    return subjects


def _column(table: TextTable, name: str, subjects: list[str], out: Numbers) -> np.ndarray | None:
    """Return a column's numbers (n,); None, and why in ``dropped``, where no cell holds one."""
    cells = [str(cell).strip() for cell in table.frame[name]]
    if table.comma_decimal:
        cells = [cell.replace(",", ".") for cell in cells]
    empty = np.array([is_missing(cell) or cell == "." for cell in cells])
    values = np.array([_number(cell) for cell in cells])
    text = ~empty & np.isnan(values)
    if text.any() and (text | empty).all():
        out.dropped.append((name, "holds text in every row"))
        return None
    bad = text | np.isinf(values)
    expected = "a number"
    column = parse_column(name)
    if (column.structure, column.measure) == ("eTIV", "volume") and (values > 0).any():
        bad |= values <= 0
        expected = "a positive volume"
    for row in np.flatnonzero(bad):
        out.problems.add(
            subjects[row],
            table.where(int(table.frame.index.tolist()[row])),
            f"column {name!r}: expected {expected}, found "
            f"{'infinity' if np.isinf(values[row]) else repr(cells[row][:20])}",
        )
    return values


def _number(cell: str) -> float:
    """Return the number in a cell, NaN for a missing value and for text."""
    try:
        # Python reads 1_000 as a number, and no other program does
        return float("nan" if "_" in cell else cell)
    except ValueError:
        return float("nan")
