"""HCP's restricted values: read from the user's own file into memory, and nowhere else."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from brainaging.pipeline.data.cohorts.codes import check_subject, is_missing, parse_age
from brainaging.pipeline.data.cohorts.id_matching import match_people, match_rows
from brainaging.pipeline.data.cohorts.identity import canonical, person_labels, split_id
from brainaging.pipeline.data.cohorts.problems import CohortError, Problems
from brainaging.pipeline.data.cohorts.tables import read_table

#: the columns of HCP's restricted CSV that steer splits and fits; its other columns are not even read
RESTRICTED_COLUMNS = ("Age_in_Yrs", "Family_ID", "Mother_ID", "Father_ID", "ZygosityGT", "ZygositySR")
_FAMILY_COLUMNS = ("Family_ID", "Mother_ID", "Father_ID")
#: what some exports write for a parent who is not known; taken as an id it would join strangers
_NO_PARENT = frozenset({"0", "-1"})
#: of a cohort's subjects, the share that must be in its restricted table; fewer are more likely ids that are alike
#: by chance than people of this study. Sensitivity: none of numbers, it decides a refusal alone
FEWEST_KNOWN = 0.1
_SHOWN = 2


def read_restricted(path: str | Path) -> pd.DataFrame:
    """Return the restricted values of every subject in the file, indexed by subject (str).

    Columns: ``Age_in_Yrs`` (float, years, NaN unknown) and, as strings ("" unknown), whichever of the other
    :data:`RESTRICTED_COLUMNS` stand in the file. ``Subject``, ``Age_in_Yrs`` and ``Family_ID`` must stand there.
    Subjects outside the cohort are kept: two siblings may be linked only through a third.

    Raises :class:`CohortError` with every bad row; its lines name file, line and column, never the value.
    """
    table = read_table(path)
    subject = table.required("subject", ["Subject"], private=True)
    columns = {name: table.column(name, [name]) for name in RESTRICTED_COLUMNS}
    for name in ("Age_in_Yrs", "Family_ID"):
        table.required(name, [name], private=True)
    frame = pd.DataFrame({name: table.frame[column] for name, column in columns.items() if column}, dtype=object)
    frame.index = pd.Index(table.frame[subject].astype(str), dtype=object, name="subject")
    problems = Problems()
    twice = frame.index.duplicated(keep=False)
    ages = []
    for position, line in enumerate(table.frame.index):
        name = str(frame.index[position])
        where = table.where(line)
        if twice[position]:
            problems.add(name, where, "duplicate subject")
        try:
            check_subject(name)
            ages.append(parse_age(str(frame["Age_in_Yrs"].iloc[position]), table.comma_decimal))
        except ValueError as error:
            ages.append(float("nan"))
            problems.add(name, where, str(error))
    problems.raise_if_any(str(path))
    for name in frame.columns.drop("Age_in_Yrs"):
        empty = _NO_PARENT if name in ("Mother_ID", "Father_ID") else frozenset[str]()
        # ids are compared and never shown; a spreadsheet writes some of a column's numbers with .0
        plain = canonical if name in _FAMILY_COLUMNS else str
        frame[name] = [
            "" if is_missing(text) or text.removesuffix(".0") in empty else plain(text) for text in frame[name]
        ]
    frame["Age_in_Yrs"] = np.asarray(ages, dtype=float)
    return frame


def connect(labels: list[list[str]]) -> np.ndarray:
    """Return for each of n items the number of its group (n, int): items that share any label are connected.

    ``labels`` has one list of n strings for each kind of link; "" links to nobody. The numbers run from 0 in the
    order of each group's first item.
    """
    count = len(labels[0])
    ends: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    nodes = count
    for kind in labels:
        codes, names = pd.factorize(np.asarray([label or None for label in kind], dtype=object))
        linked = np.flatnonzero(codes >= 0)
        starts.append(linked)
        ends.append(nodes + codes[linked])
        nodes += len(names)
    row, column = np.concatenate(starts), np.concatenate(ends)
    graph = coo_array((np.ones(len(row), dtype=np.int8), (row, column)), shape=(nodes, nodes))
    component = connected_components(graph, directed=False)[1][:count]
    return pd.factorize(component)[0].astype(np.int64)


def _labels(restricted: pd.DataFrame, subjects: Sequence[str], distinct: bool) -> tuple[list[str], list[str]]:
    """Return labels of the subjects and of the table's rows, equal where they are, or may be, of one person."""
    rows = [str(name) for name in restricted.index]
    if not distinct:
        labels = person_labels([*subjects, *rows])
        return labels[: len(subjects)], labels[len(subjects) :]
    people, known = ([split_id(name).person for name in names] for names in (subjects, rows))
    matched = match_people(people, known)
    return [matched.get(name, name) for name in people], known


def family_links(restricted: pd.DataFrame, subjects: Sequence[str], distinct: bool = False) -> list[str]:
    """Return for each subject an opaque label of the family; who is not in the restricted table has one alone.

    A family is everyone who shares Family_ID, Mother_ID or Father_ID, directly or through others, who may be
    outside ``subjects``. A subject is every row of the table that is surely, or looks like, the same person
    (see :mod:`identity`); with ``distinct`` only who is surely the same.
    """
    own, rows = _labels(restricted, subjects, distinct)
    nobody = [""] * len(own)
    kinds = [nobody + restricted[name].astype(str).tolist() for name in _family_columns(restricted)]
    return [str(group) for group in connect([own + rows, *kinds])[: len(own)]]


def _family_columns(restricted: pd.DataFrame) -> list[str]:
    return [name for name in _FAMILY_COLUMNS if name in restricted.columns]


def in_table(restricted: pd.DataFrame, subjects: Sequence[str], distinct: bool = False) -> np.ndarray:
    """Return whether each subject (n,) has a row in the restricted table."""
    own, rows = _labels(restricted, subjects, distinct)
    return np.isin(np.asarray(own, dtype=object), np.asarray(rows, dtype=object))


def family_known(restricted: pd.DataFrame, subjects: Sequence[str], distinct: bool = False) -> np.ndarray:
    """Return whether each subject (n,) has a row that names a family, a mother or a father."""
    named = (restricted[_family_columns(restricted)] != "").any(axis=1)
    return in_table(restricted[named], subjects, distinct)


def exact_ages(restricted: pd.DataFrame, scans: Sequence[tuple[str, str]]) -> np.ndarray:
    """Return the exact age (n,) in years at each scan (subject, session), NaN where unknown.

    A row whose id has a visit is of that session; one without is of the person, in every session.
    """
    parts = [split_id(str(name)) for name in restricted.index]
    years = restricted["Age_in_Yrs"].to_numpy(dtype=float)
    found, _ = match_rows(scans, [(part.person, part.session) for part in parts])
    of_person = {part.person: age for part, age in zip(parts, years, strict=True) if not part.session}
    people = match_people({person for person, _ in scans}, of_person)
    return np.array(
        [
            years[row] if row >= 0 else of_person[people[person]] if person in people else np.nan
            for row, (person, _) in zip(found, scans, strict=True)
        ],
        dtype=float,
    )


def check_families(restricted: pd.DataFrame, path: Path, scans: pd.DataFrame, distinct: bool = False) -> list[str]:
    """Return notes on who of a cohort is in its restricted table; refuse one that cannot keep families together.

    ``scans`` has columns subject and session, and age_years as the public table states them.

    Raises:
        CohortError: of the subjects fewer than a tenth are there, or fewer than a tenth of their families are; or
            one age is given of a person whose sessions have several.
    """
    subjects = sorted(set(scans["subject"]))
    there, known = (found(restricted, subjects, distinct) for found in (in_table, family_known))
    count = len(subjects)
    if there.sum() < FEWEST_KNOWN * count:
        listed, wanted = ([str(name) for name in names[:_SHOWN]] for names in (restricted.index, subjects))
        raise CohortError.single(
            f"{path}: expected the cohort's {count} subjects in it, found {int(there.sum())} (cohort: "
            f"{', '.join(wanted)}; this table: {', '.join(listed)}): families cannot be kept together: "
            "correct the ids, or go without the restricted CSV"
        )
    if known.sum() < FEWEST_KNOWN * count:
        raise CohortError.single(
            f"{path}: expected {', '.join(_family_columns(restricted))} of the cohort's {count} subjects, found "
            f"them empty for {count - int(known.sum())}: families cannot be kept together: go without this table"
        )
    _check_ages(restricted, path, scans)
    notes = []
    if not there.all():
        notes.append(f"{int((~there).sum())} subjects are not in the restricted CSV: their families are unknown")
    if (there & ~known).any():
        notes.append(f"{int((there & ~known).sum())} subjects have no family in the restricted CSV")
    if not known.all():
        notes.append(
            f"families are known of {int(known.sum())} of {count} subjects: in splits the others stand alone"
        )
    return notes


def _check_ages(restricted: pd.DataFrame, path: Path, scans: pd.DataFrame) -> None:
    """Refuse one exact age for sessions that the public table gives several ages."""
    columns = zip(scans["subject"], scans["session"], strict=True)
    exact = pd.Series(exact_ages(restricted, [(str(name), str(session)) for name, session in columns]))
    by_subject = pd.DataFrame({"public": scans["age_years"].to_numpy(), "exact": exact}).groupby(
        scans["subject"].to_numpy()
    )
    several = by_subject["public"].nunique().gt(1) & by_subject["exact"].nunique().eq(1)
    if several.any():
        raise CohortError.single(
            f"{path}: column Age_in_Yrs: expected an age a session of {int(several.sum())} subjects whose "
            f"sessions have several ages, found one (first {several.idxmax()}): give them a row "
            "a session (SUBJECT_ses-1)"
        )
