"""HCP's restricted values: read from the user's own file into memory, and nowhere else."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from brainaging.pipeline.data.cohorts.codes import check_subject, is_missing, parse_age
from brainaging.pipeline.data.cohorts.problems import Problems
from brainaging.pipeline.data.cohorts.tables import read_table

#: the columns of HCP's restricted CSV that steer splits and fits; its other columns are not even read
RESTRICTED_COLUMNS = ("Age_in_Yrs", "Family_ID", "Mother_ID", "Father_ID", "ZygosityGT", "ZygositySR")
_FAMILY_COLUMNS = ("Family_ID", "Mother_ID", "Father_ID")
#: what some exports write for a parent who is not known; taken as an id it would join strangers
_NO_PARENT = frozenset({"0", "-1"})


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
        frame[name] = ["" if is_missing(text) or text in empty else text for text in frame[name]]
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


def family_links(restricted: pd.DataFrame, subjects: list[str]) -> list[str]:
    """Return for each subject an opaque label of the family, "" for who is not in the restricted table.

    A family is everyone who shares Family_ID, Mother_ID or Father_ID, directly or through others, who may be
    outside ``subjects``.
    """
    kinds = [restricted[name].astype(str).tolist() for name in _FAMILY_COLUMNS if name in restricted.columns]
    group = pd.Series(connect(kinds) if len(restricted) else [], index=restricted.index)
    return [str(group[name]) if name in group.index else "" for name in subjects]
