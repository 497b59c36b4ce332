"""Morphometry tables as users have them: HCP's CSV, FreeSurfer's tables, a folder of them, a CSV of everything."""

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.id_matching import match_rows
from brainaging.pipeline.data.cohorts.identity import canonical, session_key, split_id, streams
from brainaging.pipeline.data.cohorts.problems import CohortError, Problems
from brainaging.pipeline.data.morphometry.cortical_atlases import check_atlas, of_one_atlas
from brainaging.pipeline.data.morphometry.measure_table import Morphometry, head_size_columns
from brainaging.pipeline.data.morphometry.numbers import Numbers, read_numbers
from brainaging.pipeline.data.morphometry.repeated_measures import differing
from brainaging.pipeline.data.morphometry.table_files import table_files

Dropped = list[tuple[str, str]]


def read_morphometry(
    source: str | Path, *, skip_bad: bool = False, keep: Collection[str] = (), atlas: str | None = None
) -> Morphometry:
    """Read a table of FreeSurfer measures.

    A row is a person, or a session of one where the id has a visit (``sub-01_ses-2``, ``X_ses-1.long.X``); of two
    streams of one time point ``.long.`` is taken, and base templates are left out, with a note.

    ``source`` is HCP's unrestricted CSV (its ``FS_*`` columns), a table by ``aparcstats2table`` or
    ``asegstats2table``, a folder of such tables (joined by subject), a BIDS dataset with such a folder under
    ``derivatives``, or any CSV or TSV with a column of subjects and columns that are named as FreeSurfer, R,
    ENIGMA, SynthSeg or HCP name them. Columns that are no measure, constant, or the same as another are left out,
    and listed in ``dropped``; those of ``keep`` (a trained network's) stay even so. ``atlas`` is one of
    :data:`~brainaging.pipeline.data.morphometry.cortical_atlases.ATLASES`: parcels of other atlases of the cortex
    are left out then. Without it all stay, but for DKT's where Desikan-Killiany's stand too.

    Every bad cell and row is found before :class:`CohortError` is raised with all of them: text or infinity among
    numbers, a size that no head has, a subject that stands twice, an id that is none. ``skip_bad`` sets
    those people aside in ``excluded``. A column without any number is an identifier, and is dropped.
    """
    source = Path(source)
    check_atlas(atlas)
    tables = [read_numbers(path, atlas) for path in table_files(source)]
    problems = Problems([problem for table in tables for problem in table.problems])
    if not skip_bad:
        problems.raise_if_any(str(source), "skip-bad sets these rows aside")
    frame, dropped, notes = _joined(tables, problems.subjects, source)
    if not len(frame):
        problems.raise_if_any(str(source), "no row is left")
        raise CohortError.single(f"{source}: no row holds a measure")
    frame = of_one_atlas(frame, atlas, keep, dropped, notes, source)
    _say_head_size(frame, notes)
    frame, uninformative = _informative(frame, keep)
    if frame.columns.empty and not all(reason == "holds no number" for _, reason in uninformative):
        raise CohortError.single(f"{source}: expected measures that differ between people, found none that does")
    return Morphometry(
        values=frame,
        source=str(source),
        dropped=pd.DataFrame([*dropped, *uninformative], columns=["column", "reason"], dtype=object),
        excluded=problems.table(),
        notes=tuple(notes),
    )


def _joined(
    tables: Iterable[Numbers], bad: Collection[str], source: Path
) -> tuple[pd.DataFrame, Dropped, list[str]]:
    """Return the tables side by side, columns that were left out, and notes."""
    joined, dropped, notes = pd.DataFrame(), [], list[str]()
    aside = {_compared(name) for name in bad}
    repeated: Counter[str] = Counter()
    for table in tables:
        dropped += table.dropped
        notes += table.notes
        frame = _scans(table.frame[[_compared(name) not in aside for name in table.frame.index]], table, notes)
        if joined.empty:
            joined = frame
            continue
        frame = _spelled_alike(frame, joined.index, table.path.name, notes)
        unshared = len(set(frame.index) ^ set(joined.index))
        if unshared == len(frame) + len(joined):
            raise CohortError.single(f"{source}: {table.path.name} has no subject in common with the other tables")
        if unshared:
            notes.append(f"{table.path.name}: {unshared} subjects stand in some tables only; the rest is missing")
        repeats = [name for name in frame.columns if name in joined.columns]
        joined = joined.join(frame.drop(columns=repeats), how="outer")
        for name in repeats:
            second = frame[name].reindex(joined.index)
            if _is_one(name, joined[name], second, source, table.path.name):
                joined[name] = joined[name].fillna(second)
                repeated[name] += 1
            else:
                dropped.append((name, f"another column of this name stands in {table.path.name}: left out there"))
    dropped += [
        (name, f"stands alike in {count} more table{'s' if count > 1 else ''}: kept once")
        for name, count in repeated.items()
    ]
    return joined, dropped, notes


def _compared(name: str) -> tuple[str, str]:
    """Return person and session of an id as they are compared: what is bad in one table is so in all."""
    parts = split_id(str(name))
    return canonical(parts.person), session_key(parts.session)


def _scans(frame: pd.DataFrame, table: Numbers, notes: list[str]) -> pd.DataFrame:
    """Return the rows that are scans of a time point, one stream of each, as FreeSurfer's ids say."""
    found = streams([str(name) for name in frame.index])
    notes += found.notes(table.path.name)
    return frame.loc[found.kept]


def _is_one(name: str, first: "pd.Series[float]", second: "pd.Series[float]", source: Path, file: str) -> bool:
    """Say whether two tables' columns are one: equal where both know it.

    Totals over the cortex depend on the atlas, and rounding on the program: they differ a little.

    Raises:
        CohortError: they differ by more than that.
    """
    apart = differing(first.to_numpy(dtype=float), second.to_numpy(dtype=float))
    if apart.any():
        raise CohortError.single(
            f"{source}: column {name!r} of {file} has other numbers than in another table, for {int(apart.sum())} "
            f"of {len(apart)} people: expected one measure once (keep one of the tables)"
        )
    both = first.notna() & second.notna()
    return np.allclose(first[both], second[both])


def _say_head_size(frame: pd.DataFrame, notes: list[str]) -> None:
    """Say which of several columns of head size is used, where they differ."""
    heads = head_size_columns(list(map(str, frame.columns)))
    others = [
        name
        for name in heads[1:]
        if differing(frame[heads[0]].to_numpy(dtype=float), frame[name].to_numpy(dtype=float)).any()
    ]
    if others:
        notes.append(f"head size is {heads[0]}; {', '.join(others)} measure it too, and differ")


def _spelled_alike(frame: pd.DataFrame, subjects: pd.Index, file: str, notes: list[str]) -> pd.DataFrame:
    """Return ``frame`` with the ids of ``subjects`` where a row's is surely the same person's, and visit's."""
    ids, known = ([split_id(str(name)) for name in index] for index in (frame.index, subjects))
    found, _ = match_rows(*([(part.person, part.session) for part in parts] for parts in (ids, known)))
    once = Counter(found)
    names = {
        name: subjects[row]
        for name, row in zip(frame.index, found, strict=True)
        if row >= 0 and once[row] == 1 and subjects[row] != name
    }
    if names:
        first = next(iter(names.items()))
        notes.append(
            f"{file}: {len(names)} subjects are spelled otherwise (first: {first[1]} is {first[0]} there)"
        )
    return frame.rename(index=names)


def _informative(frame: pd.DataFrame, keep: Collection[str]) -> tuple[pd.DataFrame, Dropped]:
    """Leave out columns without numbers, constant ones, and those that equal an earlier one (as float32)."""
    dropped: Dropped = []
    kept: list[str] = []
    seen: dict[bytes, str] = {}
    for name in map(str, frame.columns):
        values = frame[name].to_numpy(dtype=float)
        numbers = values[~np.isnan(values)]
        first = seen.setdefault(values.astype(np.float32).tobytes(), name)
        if name in keep:
            kept.append(name)
        elif not len(numbers):
            dropped.append((name, "holds no number"))
        elif len(frame) > 1 and np.ptp(numbers) == 0:
            dropped.append((name, f"is {numbers[0]:g} for everyone"))
        elif first != name:
            dropped.append((name, f"is the same as {first}"))
        else:
            kept.append(name)
    return frame[kept], dropped
