"""Who the people of a BIDS dataset are: participants.tsv and ``*_sessions.tsv``, by subject and session."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.data.cohorts.codes import is_missing
from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
from brainaging.pipeline.data.cohorts.id_matching import match_people
from brainaging.pipeline.data.cohorts.identity import join_sessions, session_key, split_id
from brainaging.pipeline.data.cohorts.person_columns import (
    NAMES,
    Stated,
    check_span,
    find_person_columns,
    read_description,
)
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.tables import read_table

_SESSION = ("session_id", "session", "ses", "visit_id", "visit", "timepoint", "wave")


@dataclass(frozen=True)
class Person:
    """What the tables say of one subject at one session, cells as written, and where."""

    where: str
    sex: str = ""
    age: str = ""
    bracket: str = ""
    site: str = ""
    age_unit: str = "years"
    comma_decimal: bool = False

    def row(self, subject: str, image: Path | None, space: str, session: str = "") -> Row:
        """Return the cohort's row of a scan, or of a person without one (``image`` None)."""
        return Row(
            self.where,
            subject,
            image,
            space,
            session,
            sex=self.sex,
            age=self.age,
            bracket=self.bracket,
            site=self.site,
            comma_decimal=self.comma_decimal,
            age_unit=self.age_unit,
        )


def subject_label(text: str) -> str:
    """Return a subject's id as BIDS's folders have it: ``sub-<label>``."""
    return text if text.startswith("sub-") else f"sub-{text}"


def session_label(text: str) -> str:
    """Return a session's id as BIDS's folders have it: ``ses-<label>``."""
    return text if not text or text.startswith("ses-") else f"ses-{text}"


def same_session(one: str, other: str) -> bool:
    """Say whether two ids are of one session: ``ses-02``, ``02`` and ``2`` are."""
    return session_key(one) == session_key(other)


@dataclass
class Participants:
    """Rows by subject (``sub-…``) and session; a row without a session is of the person at every session."""

    rows: dict[str, dict[str, Person]] = field(default_factory=dict)
    visits: dict[str, dict[str, Person]] = field(default_factory=dict)
    #: what the tables of sessions tell: "age", "sex", "site"
    told_by_sessions: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __contains__(self, subject: str) -> bool:
        return subject in self.rows

    def place(self, subject: str, root: Path) -> str:
        """Return where a subject's first row stands, as messages name it; ``root`` where there is none."""
        return next((person.where for person in self.rows.get(subject, {}).values()), str(root))

    def has_one_age(self, subject: str, sessions: Iterable[str]) -> bool:
        """Say whether one row's age is that of all of a person's sessions."""
        found = [person for session in sessions if (person := self.find(subject, session))]
        return len({person.where for person in found}) == 1 and not is_missing(found[0].age)

    def sessions(self, subject: str) -> list[str]:
        """Return the sessions that participants.tsv has a row for, none where it has one row a person."""
        return [session for session in self.rows.get(subject, {}) if session]

    def find(self, subject: str, session: str = "") -> Person | None:
        """Return who someone was at a session; None where the tables have other sessions of this person only.

        What ``*_sessions.tsv`` says of the session goes before what participants.tsv says of the person. A scan
        without a session is of the only row there is.
        """
        rows = self.rows.get(subject, {})
        person = rows.get(session_key(session)) or rows.get("") or (self._only(rows) if not session else None)
        visits = self.visits.get(subject, {})
        visit = visits.get(session_key(session)) or (self._only(visits) if not session else None)
        if person is None:
            return visit
        if visit is None:
            # ages of other sessions are known, so that of participants.tsv is of one of them
            known = [other.where for other in visits.values() if other.age or other.bracket]
            return replace(person, age="", bracket="", where=known[0]) if known else person
        said = {key: value for key in ("sex", "site") if not is_missing(value := getattr(visit, key))}
        if (visit.age or visit.bracket) and not (is_missing(visit.age + visit.bracket) and len(visits) == 1):
            aged = {key: getattr(visit, key) for key in ("age", "bracket", "age_unit", "comma_decimal")}
            return replace(person, where=visit.where, **said, **aged)
        return replace(person, **said)

    def spell_as(self, labels: Iterable[str]) -> list[str]:
        """Name people as ``labels`` (``sub-…``) do where an id is surely the same; return notes on it."""
        found = match_people(labels, {**self.rows, **self.visits})
        others = {there: label for label, there in found.items() if there != label}
        self.rows = {others.get(name, name): rows for name, rows in self.rows.items()}
        self.visits = {others.get(name, name): rows for name, rows in self.visits.items()}
        if not others:
            return []
        there, label = next(iter(others.items()))
        return [f"{len(others)} participants are spelled otherwise than their folders ({there} is {label})"]

    @staticmethod
    def _only(rows: dict[str, Person]) -> Person | None:
        return next(iter(rows.values())) if len(rows) == 1 else None


def read_participants(
    path: Path, contents: SourceContents, stated: Stated | None = None, people: Participants | None = None
) -> Participants:
    """Return what participants.tsv says of each subject, by label (``sub-…``) and, where it says so, by session.

    ``people`` is who :func:`read_sessions` found, to whom the rows are added.

    Columns: participant_id; session_id, which counts where someone stands in several rows; sex, age and site as
    :func:`find_person_columns` finds them, with participants.json (all but the first may lack). A visit in the id
    (``X_ses-1``) is the session. Two rows of one subject and session, or an id that is no id, are added to
    ``contents.problems``.
    """
    stated, people = stated or Stated(), people if people is not None else Participants()
    unknown = set(stated.columns) - {"subject", "session", *NAMES}
    if unknown:
        known = ", ".join(["subject", "session", *NAMES])
        raise CohortError.single(f"columns: expected {known}, found {', '.join(sorted(unknown))}")
    table = read_table(path)
    own = stated.columns.get("subject")
    subject = table.required("subject", [own] if own else ["participant_id"])
    described = read_description(path.with_suffix(".json"))
    found = find_person_columns(table, stated, described, people.told_by_sessions)
    contents.notes += found.notes
    contents.sex_codes |= found.sex_codes
    own = stated.columns.get("session")
    named = [own] if own else [name for name in _SESSION if table.named([name])][:1]
    session = table.required("session", named) if named else None
    counts = Counter(subject_label(split_id(str(name)).person) for name in table.frame[subject])
    by_session = bool(session) and max(counts.values()) > 1
    for name, where, row in contents.subjects(table, subject):
        parts = split_id(name)
        label = subject_label(parts.person)
        visit = join_sessions(parts.session, str(row[session]) if by_session and session else "")
        rows = people.rows.setdefault(label, {})
        if session_key(visit) in rows:
            hint = "" if session else " (several rows of one person need a column session_id)"
            contents.problems.add(
                label, where, f"duplicate subject{f' at session {visit!r}' if visit else ''}{hint}"
            )
        rows[session_key(visit)] = Person(
            where, **found.cells(row), age_unit=found.age_unit, comma_decimal=table.comma_decimal
        )
    return people


def session_tables(root: Path) -> list[Path]:
    """Return a dataset's tables of sessions, none where it has none."""
    return [*root.glob("sessions.tsv"), *sorted(root.glob("sub-*/sub-*_sessions.tsv"))]


def read_sessions(root: Path, contents: SourceContents, stated: Stated | None = None) -> Participants:
    """Return what each ``sub-X/sub-X_sessions.tsv``, or one sessions.tsv in ``root``, says of sessions.

    Columns: session_id; age, sex and site as in participants.tsv, of which most files have the age alone. What the
    columns mean stands in a ``.json`` beside the file or in ``sessions.json``.
    """
    people = Participants()
    joint = root / "sessions.tsv"
    notes: dict[str, None] = {}
    ages: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
    for path in session_tables(root):
        table = read_table(path)
        session = table.required("session", [name for name in _SESSION if table.named([name])][:1] or _SESSION[:1])
        subject = None if path != joint else table.required("subject", ["participant_id"])
        described = read_description(root / "sessions.json") | read_description(path.with_suffix(".json"))
        found = find_person_columns(table, stated, described, tuple(NAMES))
        if found.at["age"]:
            ages[found.at["age"], found.age_unit].append(found.ages)
        people.told_by_sessions |= {key for key, column in found.at.items() if column}
        contents.sex_codes |= found.sex_codes
        notes |= dict.fromkeys(
            line if path == joint else line.replace(path.name, "sub-*_sessions.tsv") for line in found.notes
        )
        for line, row in table.frame.iterrows():
            where = table.where(int(str(line)))
            label = subject_label(str(row[subject])) if subject else path.parent.name
            visits, key = people.visits.setdefault(label, {}), session_key(str(row[session]))
            if key in visits and visits[key].where.partition(" line ")[0] == path.name:
                contents.problems.add(label, where, f"duplicate session {str(row[session])[:20]!r}")
            cells = {name: cell or "n/a" if found.at[name] else "" for name, cell in found.cells(row).items()}
            visits[key] = Person(where, **cells, age_unit=found.age_unit, comma_decimal=table.comma_decimal)
    for (column, unit), several in ages.items():
        place = f"{root}: column {column!r} of the tables of sessions"
        check_span(place, np.concatenate(several), unit, stated is not None and stated.private)
    contents.notes += notes
    return people


def read_dataset(
    root: Path, contents: SourceContents, stated: Stated | None = None
) -> tuple[Participants, Path | None]:
    """Return who people are by the tables of ``root``, or of the raw dataset in whose ``derivatives/`` it lies.

    With them the place of participants.tsv, None where there is none: sex and age are then unknown, but for what
    the tables of sessions say. Raises :class:`CohortError` for a column that the user names and no table can have.
    """
    places = [root, *([root.parent.parent] if root.parent.name == "derivatives" else [])]
    visited = next((place for place in places if session_tables(place)), root)
    people = read_sessions(visited, contents, stated)
    listing = next((path for place in places if (path := place / "participants.tsv").is_file()), None)
    if listing is not None:
        if listing.parent != root:
            contents.notes.append(f"{root}: no participants.tsv: that of the raw dataset is read, {listing}")
        return read_participants(listing, contents, stated, people), listing
    unread = sorted(set(stated.columns) - people.told_by_sessions) if stated else []
    if stated and unread:
        names = ", ".join(stated.columns[key] for key in unread)
        raise CohortError.single(f"{root}: expected a column {names} in participants.tsv, found no such file")
    if not people.told_by_sessions:
        others = ", ".join(sorted(path.name for path in root.glob("participants.*")))
        found = f" (found {others}, which is not read)" if others else ""
        contents.notes.append(f"{root}: no participants.tsv, so sex and age are unknown{found}")
    return people, None
