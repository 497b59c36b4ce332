"""One file of measures: its numbers by subject, and everything that is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.codes import check_subject, is_missing
from brainaging.pipeline.data.cohorts.identity import with_session
from brainaging.pipeline.data.cohorts.people import COLUMNS as PEOPLE
from brainaging.pipeline.data.cohorts.people import session_column
from brainaging.pipeline.data.cohorts.problems import CohortError, Problems
from brainaging.pipeline.data.cohorts.tables import TextTable, read_table
from brainaging.pipeline.data.morphometry.cells import Cells, is_doubtful, read_cells
from brainaging.pipeline.data.morphometry.headings import (
    Headings,
    check_understood,
    counted,
    read_headings,
    settle_bare,
    told_by_regions,
)
from brainaging.pipeline.data.morphometry.measure_table import head_size_columns
from brainaging.pipeline.data.morphometry.measure_units import in_millimetres
from brainaging.pipeline.data.morphometry.repeated_measures import Measured, once
from brainaging.pipeline.data.morphometry.table_files import written_by_freesurfer
from brainaging.pipeline.data.morphometry.transposed import TransposedTable, upright

# a whole number up to this is a code, a score or an age, and hardly a measure
_LARGEST_CODE = 300
_SHOWN = 5


@dataclass
class Numbers:
    """``frame`` (n, p) float64 by subject, NaN where missing; columns left out, problems, notes.

    Columns are named in FreeSurfer's own spelling (HCP's for ``FS_`` columns), sizes in mm, mm² and mm³.
    """

    path: Path
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)


def read_numbers(path: Path, atlas: str | None = None) -> Numbers:
    """Read one table; rows and cells that are bad are gathered in ``problems``.

    Args:
        path: the table, with a row a subject, or a column a subject as FreeSurfer's ``--transpose`` writes it.
        atlas: the user's choice of the cortex' atlas, None to go by the table.

    Raises:
        CohortError: the table as a whole cannot be used: no text table, no column of subjects, a measure twice
            with different numbers, no column or few columns named as FreeSurfer's measures are, no column of
            numbers, sizes in no unit that fits.
    """
    out = Numbers(path)
    table = upright(read_table(path), out.notes)
    names = [str(name) for name in table.frame.columns]
    written = written_by_freesurfer(names[0]) is not None
    subject = (
        names[0] if written or isinstance(table, TransposedTable) else table.required("subject", PEOPLE["subject"])
    )
    person = {name for what in ("session", "sex", "age", "bracket", "site") for name in table.named(PEOPLE[what])}
    headings = read_headings(path, names, {subject, *person}, atlas)
    medians = {place: _median(_read(table, place).values) for place in headings.bare}
    settle_bare(headings, medians, path)
    told_by_regions(path, headings)
    _check_others(table, names, headings, written, out)
    subjects = _subjects(table, names.index(subject), out.problems)
    columns = once(path, list(_measured(table, names, headings, out)), out.dropped)
    if not columns:
        raise CohortError.single(f"{path}: no column holds numbers")
    numbers = {
        own: np.where(np.isinf(column.cells.values), np.nan, column.cells.values)
        for own, column in columns.items()
    }
    checked = in_millimetres(
        pd.DataFrame(numbers, index=pd.Index(subjects, name="subject")),
        path,
        {own: column.unit for own, column in columns.items() if column.unit},
    )
    out.notes += [*headings.notes, *checked.notes]
    heads = head_size_columns(list(columns))
    bad = [(row, own, expected) for row, own, expected in checked.bad]
    for own, column in columns.items():
        expected = "a positive volume" if own in heads else "a number"
        bad += [
            (int(row), own, expected) for row in np.flatnonzero(column.cells.text | np.isinf(column.cells.values))
        ]
    lines = table.frame.index.tolist()
    for row, own, expected in sorted(bad, key=lambda cell: cell[0]):
        found = (
            "infinity" if np.isinf(columns[own].cells.values[row]) else repr(columns[own].cells.texts[row][:20])
        )
        reason = f"column {columns[own].name!r}: expected {expected}, found {found}"
        out.problems.add(subjects[row], table.where(int(lines[row])), reason)
    empty = checked.frame.isna().all(axis=1)
    if empty.any():
        out.notes.append(f"{path.name}: {int(empty.sum())} of {len(empty)} people have no measure: left out")
    out.frame = checked.frame[~empty]
    return out


def _read(table: TextTable, place: int) -> Cells:
    return read_cells([str(cell) for cell in table.frame.iloc[:, place]], table.comma_decimal)


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _check_others(table: TextTable, names: Sequence[str], headings: Headings, written: bool, out: Numbers) -> None:
    """Note the columns that are no measures; refuse a table of which most is not understood."""
    numbers = []
    for place in headings.others:
        values = _read(table, place).values
        values = values[np.isfinite(values)]
        if names[place] and len(values):
            codes = bool((values == np.round(values)).all() and np.abs(values).max() <= _LARGEST_CODE)
            numbers.append((names[place], codes))
    alike = check_understood(table.path, names, len(headings.measures), numbers, written)
    if alike:
        shown = ", ".join(alike[:_SHOWN]) + (", …" if alike[_SHOWN:] else "")
        out.notes.append(f"{table.path.name}: {counted(len(alike))} with the look of measures not read: {shown}")
    for place in headings.others:
        doubtful = "looks like a measure, and its spelling is none that is read" if names[place] in alike else ""
        out.dropped.append((names[place], doubtful or "not a FreeSurfer measure"))


def _measured(table: TextTable, names: Sequence[str], headings: Headings, out: Numbers) -> Iterator[Measured]:
    """Yield the columns of measures that hold numbers; note those that hold text alone, and separators."""
    separated = []
    for place, own in headings.measures.items():
        cells, name = _read(table, place), names[place]
        if cells.text.any() and not np.isfinite(cells.values).any():
            example = next(text for text, wrong in zip(cells.texts, cells.text, strict=True) if wrong)
            if any(map(is_doubtful, cells.texts)):
                raise CohortError.single(
                    f"{table.path}: column {name!r}: expected numbers, found {example[:20]!r}: a decimal comma, "
                    "or thousands? (write a decimal point, and no separator)"
                )
            out.dropped.append((name, "holds text in every row"))
            continue
        if cells.thousands:
            separated.append(name)
        yield Measured(name, own, cells, headings.units.get(place, ""))
    if separated:
        shown = f"{counted(len(separated))}, {separated[0]} first"
        out.notes.append(f"{table.path.name}: separators of thousands taken away in {shown}")


def _subjects(table: TextTable, place: int, problems: Problems) -> list[str]:
    """Return each row's id, with the session where a column states it of someone who stands in several rows."""
    subjects = [str(cell) for cell in table.frame.iloc[:, place]]
    session = session_column(table, subjects)
    if session is not None:
        stated = [str(cell) for cell in table.frame[session]]
        subjects = [
            name if is_missing(cell) else with_session(name, cell)
            for name, cell in zip(subjects, stated, strict=True)
        ]
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
            problems.add(name, where, f"stands in {seen[person]} too: a table holds one row a subject and session")
        seen.setdefault(person, where)
    return subjects
