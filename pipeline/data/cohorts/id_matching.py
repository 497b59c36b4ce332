"""Which ids of two tables are one person's, and one visit's: surely, or nobody's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from brainaging.pipeline.data.cohorts.identity import canonical, session_key, visit_of


def match_people(wanted: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return the id among ``known`` of each person in ``wanted`` who is surely there.

    An id as it is written comes first; of the others those pairs that :func:`canonical` makes equal, where each is
    the only one on its side. Ids are persons' (see :func:`split_id`).
    """
    left, there = set(wanted), set(known)
    matched = {name: name for name in left & there}
    keys, others = (_by_canonical(names - matched.keys()) for names in (left, there))
    for key, names in keys.items():
        if len(names) == len(others.get(key, ())) == 1:
            matched[names[0]] = others[key][0]
    return matched


def _by_canonical(names: Iterable[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = defaultdict(list)
    for name in names:
        out[canonical(name)].append(name)
    return out


def match_rows(
    wanted: Sequence[tuple[str, str]], known: Sequence[tuple[str, str]]
) -> tuple[list[int], dict[int, str]]:
    """Return for each (person, session) of ``wanted`` its position in ``known``, −1 for none; and why not.

    Persons match as :func:`match_people` says, sessions by :func:`session_key`. One row without a session is that
    of a person who has one visit in ``wanted``, in however many runs; a person's only row is that of a wanted row
    that says no visit. Whoever has rows there, none of them surely this visit's, has a reason, by position in
    ``wanted``.
    """
    rows_of: dict[str, list[int]] = defaultdict(list)
    for position, (person, _) in enumerate(known):
        rows_of[person].append(position)
    visits: dict[str, set[str]] = defaultdict(set)
    for person, session in wanted:
        visits[person].add(visit_of(session))
    people, others = match_people(visits, rows_of), _by_canonical(rows_of)
    found, reasons = [], dict[int, str]()
    for position, (person, session) in enumerate(wanted):
        rows = rows_of[people[person]] if person in people else []
        row = _of_visit(session, len(visits[person]), [(row, known[row][1]) for row in rows])
        alike = sorted(others[canonical(person)])
        if person not in people and len(alike) > 1:
            reasons[position] = f"several rows may be this person's ({', '.join(alike)}), none of them surely"
        if row < 0 and rows:
            there = ", ".join(sorted({known[row][1] or "none" for row in rows}))
            reasons[position] = f"expected a row of session {session or 'not said'}, found of session {there}"
        found.append(row)
    return found, reasons


def _of_visit(session: str, visits: int, rows: Sequence[tuple[int, str]]) -> int:
    """Return the row of a session among a person's (row, session), −1 where none is surely its."""
    exact = [row for row, there in rows if session_key(there) == session_key(session)]
    if len(exact) == 1:
        return exact[0]
    same_visit = [row for row, there in rows if visit_of(there) == visit_of(session)]
    if len(same_visit) == 1 and (visit_of(session) or visits == 1):
        return same_visit[0]
    (row, there), *more = rows or [(-1, "")]
    # one side does not say the visit, and there is only one it can be
    if not more and visits == 1 and "" in (visit_of(session), visit_of(there)):
        return row
    return -1
