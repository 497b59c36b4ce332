"""Morphometry tables as users have them: HCP's CSV, FreeSurfer's tables, a folder of them, a CSV of everything."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.data.codes import check_subject
from brainaging.pipeline.data.morphometry.columns import parse_column
from brainaging.pipeline.data.morphometry.table import Morphometry
from brainaging.pipeline.data.people import COLUMNS as PEOPLE
from brainaging.pipeline.data.people import people_table
from brainaging.pipeline.data.problems import CohortError, Problems
from brainaging.pipeline.data.tables import TextTable, read_table

SUFFIXES = (".tsv", ".csv", ".txt", ".dat")
MISSING = frozenset({"", "na", "nan", "n/a", "null", "none", "."})
# the first cell of a table that FreeSurfer's own programs write
_FREESURFER = re.compile(r"(?:[lr]h\.[\w.&-]+\.\w+)|(?:Measure:(?P<measure>\w+))")
# a column with more text than this is no column of numbers with a mistake in it
_TEXT_SHARE = 0.5
_MOST_SHOWN = 20


def read_morphometry(source: str | Path, *, skip_bad: bool = False) -> Morphometry:
    """Read a table of FreeSurfer measures.

    ``source`` is HCP's unrestricted CSV (its ``FS_*`` columns), a table by ``aparcstats2table`` or
    ``asegstats2table``, a folder of such tables (joined by subject), or any CSV or TSV with a column of subjects
    and columns that are named as FreeSurfer names them. Columns that are no FreeSurfer measure, constant, or the
    same as another are left out, and said in ``dropped``.

    Every bad cell and row is found before :class:`CohortError` is raised with all of them: text or infinity among
    numbers, a subject that stands twice, an id that is none. ``skip_bad`` sets those rows aside in ``excluded``.
    """
    source = Path(source)
    tables = [_numbers(path) for path in _files(source)]
    problems = Problems()
    for table in tables:
        problems.found.extend(table.problems)
    if not skip_bad:
        problems.raise_if_any(str(source), "skip-bad sets these rows aside")
    frame, dropped, notes = _joined(tables, problems.subjects)
    if not len(frame):
        problems.raise_if_any(str(source), "no row is left")
        raise CohortError.single(f"{source}: no row holds a measure")
    frame, told = _informative(frame)
    return Morphometry(
        values=frame,
        source=str(source),
        dropped=pd.DataFrame([*dropped, *told], columns=["column", "reason"], dtype=object),
        excluded=problems.table(),
        notes=tuple(notes),
    )


class _Numbers:
    """One file: its numbers (n, p) by subject, what is wrong with it, and columns that are no measure."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems = Problems()
        self.dropped: list[tuple[str, str]] = []
        self.frame = pd.DataFrame()


def _files(source: Path) -> list[Path]:
    """Return the table, or the tables that FreeSurfer's programs wrote in a folder, sorted by name."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise CohortError.single(f"{source}: no such file or folder")
    tables = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    found = [path for path in tables if _is_freesurfer(path)]
    if found:
        return found
    try:
        return [people_table(source)] if _has_measures(people_table(source)) else _none(source)
    except CohortError:
        return _none(source)


def _none(source: Path) -> list[Path]:
    raise CohortError.single(
        f"{source}: expected tables as aparcstats2table and asegstats2table write them (*.tsv, *.csv, *.txt), "
        "found none"
    )


def _is_freesurfer(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(4096).decode("utf-8-sig", errors="replace")
    return _FREESURFER.fullmatch(re.split(r"[\t,; ]", first.strip())[0].strip('"')) is not None


def _has_measures(path: Path) -> bool:
    return any(parse_column(str(name)).measure != "other" for name in read_table(path).frame.columns)


def _numbers(path: Path) -> _Numbers:
    out, table = _Numbers(path), read_table(path)
    first = str(table.frame.columns[0])
    written = _FREESURFER.fullmatch(first)
    subject = first if written else table.required("subject", PEOPLE["subject"])
    names = [str(name) for name in table.frame.columns if name != subject]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise CohortError.single(f"{path}: column {doubled[0]!r} stands {names.count(doubled[0])} times: keep one")
    hcp = any(name.startswith("FS_") for name in names)
    people = {table.column(what, PEOPLE[what]) for what in ("sex", "age", "bracket", "site")}
    measured = []
    for name in names:
        if name in people or (hcp and not name.startswith("FS_")):
            continue
        if parse_column(name).measure == "other":
            out.dropped.append((name, "not a FreeSurfer measure"))
        else:
            measured.append(name)
    if not measured:
        raise CohortError.single(
            f"{path}: no column is named as FreeSurfer's measures are (FS_L_Hippo_Vol, lh_insula_thickness, "
            f"Left-Hippocampus), found {', '.join(names[:5])}{', …' if len(names) > 5 else ''}"
        )
    subjects = _subjects(table, subject, out.problems)
    columns = {name: column for name in measured if (column := _column(table, name, subjects, out)) is not None}
    if not columns:
        raise CohortError.single(f"{path}: no column holds numbers")
    kind = written.group("measure") if written else None
    # the tables of volumes and of intensities name their columns alike
    renamed = columns if kind in (None, "volume") else {f"{name}_{kind}": cells for name, cells in columns.items()}
    out.frame = pd.DataFrame(renamed, index=pd.Index(subjects, name="subject"))
    out.frame = out.frame[out.frame.notna().any(axis=1)]
    return out


def _subjects(table: TextTable, column: str, problems: Problems) -> list[str]:
    subjects = [str(cell) for cell in table.frame[column]]
    seen: dict[str, str] = {}
    for line, name in zip(table.frame.index, subjects, strict=True):
        where = table.where(int(line))
        try:
            check_subject(name)
        except ValueError as error:
            problems.add(name, where, str(error))
        if name in seen:
            problems.add(name, where, f"stands in {seen[name]} too: a table holds one row a subject")
        seen.setdefault(name, where)
    return subjects


def _column(table: TextTable, name: str, subjects: list[str], out: _Numbers) -> np.ndarray | None:
    """Return a column's numbers; None, and why in ``dropped``, where it is one of texts."""
    cells = [str(cell).strip() for cell in table.frame[name]]
    if table.comma_decimal:
        cells = [cell.replace(",", ".") for cell in cells]
    empty = np.array([cell.casefold() in MISSING for cell in cells])
    values = pd.to_numeric(pd.Series(cells), errors="coerce").to_numpy(dtype=float).copy()
    values[empty] = np.nan
    wrong = ~empty & ~np.isfinite(values)
    text = ~empty & np.isnan(values)
    if text.sum() > _TEXT_SHARE * max((~empty).sum(), 1):
        out.dropped.append((name, "holds text"))
        return None
    lines = [int(line) for line in table.frame.index]
    for row in np.flatnonzero(wrong):
        what = "infinity" if not text[row] else repr(cells[row][:20])
        out.problems.add(
            subjects[row],
            table.where(lines[row]),
            f"column {name!r}: expected a number, found {what}",
        )
    return values


def _joined(tables: Iterable[_Numbers], bad: set[str]) -> tuple[pd.DataFrame, list[tuple[str, str]], list[str]]:
    """Return the tables side by side, columns that were left out, and notes."""
    joined, dropped, notes = pd.DataFrame(), [], []
    for table in tables:
        dropped += table.dropped
        frame = table.frame[~table.frame.index.isin(bad)]
        again = [name for name in frame.columns if name in joined.columns]
        for name in again:
            both = pd.concat([joined[name], frame[name]], axis=1, join="inner").dropna()
            if not np.allclose(both.iloc[:, 0], both.iloc[:, 1]):
                dropped.append((name, f"differs from an earlier table's in {table.path.name}"))
        if len(joined) and set(frame.index) != set(joined.index):
            odd = len(set(frame.index) ^ set(joined.index))
            notes.append(
                f"{table.path.name}: {odd} subjects stand in some tables only; their other measures are missing"
            )
        joined = frame if joined.empty else joined.join(frame.drop(columns=again), how="outer")
    return joined, dropped, notes


def _informative(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Leave out columns without numbers, constant ones, and those that equal an earlier one."""
    dropped: list[tuple[str, str]] = []
    kept: dict[bytes, str] = {}
    for name in frame.columns:
        values = frame[name].to_numpy(dtype=float)
        known = values[~np.isnan(values)]
        key = values.tobytes()
        if not len(known):
            dropped.append((str(name), "holds no number"))
        elif len(frame) > 1 and np.ptp(known) == 0:
            dropped.append((str(name), f"is {known[0]:g} for everyone"))
        elif key in kept:
            dropped.append((str(name), f"is the same as {kept[key]}"))
        else:
            kept[key] = str(name)
    return frame[list(kept.values())], dropped
