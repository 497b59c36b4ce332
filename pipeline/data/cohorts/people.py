"""People without scans: who a morphometry table is of, from a table of subjects."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
from brainaging.pipeline.data.cohorts.hcp import find_csv
from brainaging.pipeline.data.cohorts.participants import (
    read_participants,
    read_sessions,
    session_label,
    session_tables,
)
from brainaging.pipeline.data.cohorts.paths_csv import COLUMNS as SCAN_COLUMNS
from brainaging.pipeline.data.cohorts.person_columns import (
    NAMES,
    Stated,
    find_person_columns,
    read_description,
)
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.restricted import RESTRICTED_COLUMNS
from brainaging.pipeline.data.cohorts.tables import TextTable, read_table

#: the names a column may have (case, spaces, ``_`` and ``-`` do not matter); the subject's must be there
COLUMNS = {name: SCAN_COLUMNS[name] for name in ("session", "sex", "age", "bracket", "site")} | {
    "subject": (*SCAN_COLUMNS["subject"], "sub_id", "sub")
}


def people_table(source: Path, unrestricted: Path | None = None) -> Path:
    """Return the table behind ``source``: itself, a folder's participants.tsv or HCP's unrestricted CSV.

    Raises :class:`CohortError` where there is none.
    """
    if unrestricted is not None or source.is_file():
        return unrestricted or source
    if not source.is_dir():
        raise CohortError.single(f"{source}: no such file or folder")
    listing = source / "participants.tsv"
    table = listing if listing.is_file() else find_csv(source, "unrestricted")
    if table is None:
        raise CohortError.single(
            f"{source}: expected participants.tsv or HCP's unrestricted CSV in it, found neither"
        )
    return table


def session_column(table: TextTable, subjects: Sequence[str]) -> str | None:
    """Return the column that says of which session a row is, None where nobody of ``subjects`` (n,) stands twice.

    Of several columns that may say it the likeliest counts.
    """
    named = [column for name in COLUMNS["session"] for column in table.named([name])]
    return named[0] if named and len(set(subjects)) < len(subjects) else None


def _by_session(path: Path, restricted: Path | None, stated: Stated) -> SourceContents:
    """Return a BIDS dataset's people, a row a session that the tables know."""
    contents = SourceContents(restricted=restricted or find_csv(path.parent, "restricted"))
    stated = replace(stated, private=stated.private or contents.restricted is not None)
    people = read_participants(path, contents, stated, read_sessions(path.parent, contents, stated))
    for label, rows in people.rows.items():
        visits = [*people.visits.get(label, {}), *filter(None, rows)]
        for session in dict.fromkeys(visits or [""]):
            person = people.find(label, session) or rows[next(iter(rows))]
            contents.rows.append(person.row(label, None, "template", session_label(session)))
    return contents


def read_people(
    source: Path,
    unrestricted: Path | None = None,
    restricted: Path | None = None,
    stated: Stated | None = None,
) -> SourceContents:
    """Return the people that a table lists, in its order; none has a scan.

    Columns are looked for under the names in :data:`COLUMNS`, those of sex and age by :func:`find_person_columns`,
    or as ``stated.columns`` says; ``participants.json`` is read beside a ``.tsv``. ``age`` holds years, another
    unit that is stated, or HCP's brackets. Other columns (the measures, in fcon1000's table) are passed over.
    A person is a row, or a row a session: a column of sessions counts where someone stands in several rows, and
    so does what ``*_sessions.tsv`` say beside a BIDS dataset's participants.tsv.
    """
    path, stated = people_table(source, unrestricted), stated or Stated()
    if source.is_dir() and path.name == "participants.tsv" and session_tables(source):
        return _by_session(path, restricted, stated)
    table = read_table(path)
    ids = table.named([stated.columns["subject"]] if "subject" in stated.columns else COLUMNS["subject"])
    sessions = session_column(table, table.frame[ids[0]].tolist() if ids else [])
    names = COLUMNS | {"session": (sessions,) if sessions else ()}
    at = table.locate(names, stated.columns, ["subject"], NAMES)
    if restricted is None and any(table.column(name, [name]) for name in RESTRICTED_COLUMNS):
        restricted = path
    if restricted is None and source.is_dir():
        restricted = find_csv(source, "restricted")
    simulated = (path.parent / "truth" / "simulation.json").is_file()
    described = read_description(path.with_suffix(".json")) if path.suffix == ".tsv" else {}
    found = find_person_columns(table, stated, described, private=restricted is not None)
    at |= found.at
    contents = SourceContents(
        restricted=restricted, simulated=simulated, notes=found.notes, sex_codes=found.sex_codes
    )
    for line, row in table.frame.iterrows():
        cells = {key: str(row[name]) if name else "" for key, name in at.items()}
        where = table.where(int(str(line)))
        contents.rows.append(
            Row(
                where,
                image=None,
                space="template",
                comma_decimal=table.comma_decimal,
                age_unit=found.age_unit,
                **cells,
            )
        )
    return contents
