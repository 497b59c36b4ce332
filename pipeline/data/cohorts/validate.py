"""From rows as a layout's reader hands them on to the public table, with every problem gathered on the way."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from brainaging.pipeline.data.cohorts.codes import (
    BRACKETS,
    age_key,
    check_subject,
    is_missing,
    parse_age,
    parse_bracket,
    parse_sex,
)
from brainaging.pipeline.data.cohorts.contents import Row
from brainaging.pipeline.data.cohorts.identity import join_sessions, split_id, streams
from brainaging.pipeline.data.cohorts.problems import Problems
from brainaging.pipeline.runtime import counted
from brainaging.transforms import read_scan_header

Space = Literal["template", "native"]
SPACES = ("template", "native")
_SESSION = re.compile(r"(?:^|_)(ses-[A-Za-z0-9]+)(?=[_.]|$)")
_RUN = re.compile(r"_(run-[A-Za-z0-9]+)(?=[_.])")
PUBLIC_COLUMNS = ("subject", "session", "image", "space", "sex", "age_bracket", "age_years", "site")


def absolute(path: Path) -> Path:
    """Return ``path`` absolute and without ``..``, symbolic links left as they are (DataLad links every scan)."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow the links


@dataclass(frozen=True)
class Meaning:
    """What cells of sex and age mean beyond what is known; with ``private`` no age is repeated in a message."""

    sex: Mapping[str, str] = field(default_factory=dict)
    age: Mapping[str, str] = field(default_factory=dict)
    private: bool = False

    def age_cell(self, cell: str) -> str:
        """Return what a cell of age stands for: itself, or what its code states."""
        return self.age.get(age_key(cell), cell) if self.age else cell

    def notes(self, rows: Iterable[Row]) -> list[str]:
        """Return lines for the words that say that age or sex is not known, and for codes that nobody has."""
        rows = list(rows)
        lines = []
        ages, sexes = [row.age or row.bracket for row in rows], [row.sex for row in rows]
        for what, cells in (("age", ages), ("sex", sexes)):
            words = Counter(
                repr(cell) for cell in cells if is_missing(self.age_cell(cell) if what == "age" else cell)
            )
            if set(words) - {repr("")} or 0 < words.total() < len(rows):
                said = ", ".join(f"{word} ({count})" for word, count in words.most_common())
                lines.append(f"the {what} is not known of {words.total()} of {len(rows)} rows: {said}")
        used = {age_key(cell) for row in rows for cell in (row.age, row.bracket)}
        idle = [code for code in self.age if code not in used]
        if idle:
            lines.append(f"age codes: no cell is {' or '.join(map(repr, idle))}")
        return lines


def _cells(row: Row, meaning: Meaning, problems: Problems) -> dict[str, object]:
    """Return one row of the public table; what cannot be read is a problem and stays unknown."""
    out: dict[str, object] = {
        "subject": row.subject.strip(),
        "session": "" if is_missing(row.session) else row.session,
        "image": "" if row.image is None else str(absolute(row.image)),
        "space": row.space,
        "sex": "",
        "age_bracket": "",
        "age_years": float("nan"),
        "site": "" if is_missing(row.site) else row.site,
    }
    if row.space not in SPACES:
        problems.add(
            row.subject, row.where, f"space: expected template or native, found {row.space[:20]!r} (--space)"
        )
    try:
        check_subject(row.subject)
    except ValueError as error:
        problems.add(row.subject, row.where, str(error))
    try:
        out["sex"] = parse_sex(row.sex, meaning.sex)
    except ValueError as error:
        problems.add(row.subject, row.where, str(error))
    try:
        # an `age` column may hold years or HCP's brackets
        age, bracket = meaning.age_cell(row.age), meaning.age_cell(row.bracket)
        if age in BRACKETS and not bracket:
            out["age_bracket"] = age
        else:
            out["age_bracket"] = parse_bracket(bracket)
            comma = row.comma_decimal and age == row.age
            out["age_years"] = parse_age(age, comma, row.age_unit, quote=not meaning.private)
    except ValueError as error:
        problems.add(row.subject, row.where, str(error))
    try:
        if row.image is not None:
            # as `prepare` will read it; what only the voxels show is noticed there
            read_scan_header(row.image)
    except ValueError as error:
        problems.add(row.subject, row.where, str(error))
    return out


def _with_visit(row: Row) -> Row:
    """Return a row whose subject is the person alone, the id's visit being in the session."""
    parts = split_id(row.subject)
    stated = "" if is_missing(row.session) else row.session
    return replace(row, subject=parts.person, session=join_sessions(parts.session, stated))


def _with_visits(written: list[Row]) -> list[Row]:
    """Return rows whose visits are sessions: an id's, and, of one who stands twice, a file name's."""
    rows = [_with_visit(row) for row in written]
    times = Counter(row.subject for row in rows if not row.session)
    return [
        replace(row, session=_visit_of_file(row.image))
        if times[row.subject] > 1 and not row.session and row.image is not None
        else row
        for row in rows
    ]


def _visit_of_file(image: Path) -> str:
    """Return what BIDS's entities say of the visit, in a scan's name or else in its folders; "" where nothing."""
    sessions = [found[1] for part in reversed(image.parts) if (found := _SESSION.search(part))]
    return "_".join([*sessions[:1], *_RUN.findall(image.name)[:1]])


def check_rows(rows: Iterable[Row], problems: Problems, meaning: Meaning | None = None) -> pd.DataFrame:
    """Return the public table of the rows that have no problem, in the rows' order.

    Adds to ``problems``: a cell that cannot be read, a scan that is missing or has no 3D header, a subject that
    stands twice with the same session, one with two sexes, the base template of FreeSurfer's longitudinal streams,
    a scan that two rows claim. Rows that have a problem are left out, and all rows of a subject whom the reader
    found one with.

    A visit in a subject's id (see :func:`split_id`) becomes the session, beside what a session column says; where
    a subject stands twice without a session, BIDS's entities in the scans' names tell.
    """
    written = list(rows)
    rows = _with_visits(written)
    bad_people = problems.subjects
    cells, bad = [], []
    for row in counted(rows, "checking scans and people"):
        before = len(problems)
        cells.append(_cells(row, meaning or Meaning(), problems))
        bad.append(len(problems) > before)
    bases = set(streams([row.subject for row in written]).bases)
    sexes: dict[object, set[object]] = defaultdict(set)
    for cell in cells:
        sexes[cell["subject"]] |= {cell["sex"]} - {""}
    keys = Counter((cell["subject"], cell["session"]) for cell in cells)
    claims: dict[object, set[object]] = defaultdict(set)
    for position, (row, cell) in enumerate(zip(rows, cells, strict=True)):
        if row.image is not None:
            claims[cell["image"]].add((cell["subject"], cell["session"]))
        if keys[cell["subject"], cell["session"]] > 1:
            session = f" with session {row.session!r}" if row.session else ""
            hint = "" if row.session else " (several scans of one person need a session column)"
            problems.add(row.subject, row.where, f"duplicate subject{session}{hint}")
            bad[position] = True
        if len(sexes[cell["subject"]]) > 1:
            problems.add(row.subject, row.where, "sex: expected one of a subject in every session, found F and M")
            bad[position] = True
        if written[position].subject in bases:
            problems.add(row.subject, row.where, "a base template of .long. streams, and no scan of a time point")
            bad[position] = True
    for position, (row, cell) in enumerate(zip(rows, cells, strict=True)):
        if len(claims[cell["image"]]) > 1:
            problems.add(row.subject, row.where, f"{cell['image']}: another row claims this scan too")
            bad[position] = True
    good = [
        cell
        for row, cell, is_bad in zip(written, cells, bad, strict=True)
        if not is_bad and not {row.subject, cell["subject"]} & bad_people
    ]
    table = pd.DataFrame(good, columns=list(PUBLIC_COLUMNS), dtype=object)
    return table.astype({"age_years": float}).reset_index(drop=True)
