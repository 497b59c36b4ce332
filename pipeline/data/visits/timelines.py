"""A person's scans in the order of time, and every reason why they cannot be put in one."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.identity import session_key
from brainaging.pipeline.data.cohorts.problems import CohortError, Problems

DAYS_A_YEAR = 365.25
#: scans of one person within this many days show measurement error and not ageing: a brain of 70 loses a tenth of
#: a per cent in them. Sensitivity: how many pairs of retests there are
RETEST_DAYS = 60
#: by how much an interval by ages may differ from that by days, years: ages are written to a tenth at least, or,
#: where both are whole, to a year. Sensitivity: which cohorts are refused, and no number
AGES_AGREE, WHOLE_AGES_AGREE = 0.2, 1.01
_NUMBERED = re.compile(r"(\d+)(\D*)")


@dataclass(frozen=True)
class TimelineVisit:
    """One scan: its row in the cohort, its session, the age at it (years) and the day, None where not known."""

    row: int
    session: str
    age: float
    day: date | None = None


@dataclass(frozen=True)
class Timeline:
    """A person's ``visits``, those that are not another's retest in the order of time, and ``retests``.

    Attributes:
        subject: whose.
        visits: the first is the baseline; each is more than 60 days after the one before.
        retests: (visit, its repetition within 60 days).
    """

    subject: str
    visits: tuple[TimelineVisit, ...]
    retests: tuple[tuple[TimelineVisit, TimelineVisit], ...] = ()

    @property
    def rows(self) -> list[int]:
        """Rows of all scans: the visits', then the retests'."""
        return [visit.row for visit in self.visits] + [again.row for _, again in self.retests]


def timelines(cohort: Cohort, days: Mapping[tuple[str, str], date], problems: Problems) -> list[Timeline]:
    """Return everybody's scans in time, sorted by subject.

    Intervals are by ``days`` where they are known (:func:`session_days`), else by ages; ages that are not known
    are told by days from the first that is. Added to ``problems``, and the person left out: a scan without age and
    day, sessions whose numbers run against their days or ages, one day with two ages, ages that do not match days.

    Raises:
        CohortError: nobody has two sessions more than 60 days apart.
    """
    ages = cohort.age_years()
    of_person: dict[str, list[TimelineVisit]] = defaultdict(list)
    for row, (subject, session) in enumerate(cohort.scan_keys):
        day = days.get((subject, session_key(session)))
        of_person[subject].append(TimelineVisit(row, session, float(ages[row]), day))
    found = []
    for subject in sorted(of_person):
        try:
            found.append(_timeline(subject, of_person[subject]))
        except ValueError as error:
            problems.add(subject, cohort.name, str(error))
    if not any(len(person.visits) > 1 for person in found):
        problems.raise_if_any(cohort.name, "nobody is left who was scanned twice")
        raise CohortError.single(
            f"{cohort.name}: expected people scanned at two sessions more than {RETEST_DAYS} days apart, found "
            f"{len(found)} people with one"
        )
    return found


def _timeline(subject: str, scans: list[TimelineVisit]) -> Timeline:
    """Return one person's timeline; ValueError with the reason where there is none."""
    by_number = sorted(scans, key=lambda visit: _number(visit.session))
    _check_days(by_number)
    dated = all(visit.day is not None for visit in scans)
    if dated:
        first = next((visit for visit in by_number if np.isfinite(visit.age)), None)
        if first is None:
            raise ValueError("expected an age at one session at least, found none")
        by_number = [
            visit if np.isfinite(visit.age) else replace(visit, age=first.age + _years(first, visit))
            for visit in by_number
        ]
    elif not all(np.isfinite(visit.age) for visit in scans):
        unknown = next(visit.session for visit in scans if not np.isfinite(visit.age))
        raise ValueError(f"session {unknown}: expected an age or a day, found neither")
    ordered = sorted(by_number, key=lambda visit: (visit.day or date.min, visit.age))
    if all(_is_numbered(visit.session) for visit in scans) and ordered != by_number:
        before, after = next((one, other) for one, other in pairwise(by_number) if _years(one, other) < 0)
        raise ValueError(
            f"expected sessions in the order of time, found {after.session} {_said(after)} before "
            f"{before.session} {_said(before)}"
        )
    visits, retests = [ordered[0]], []
    for visit in ordered[1:]:
        if _years(visits[-1], visit) * DAYS_A_YEAR <= RETEST_DAYS:
            retests.append((visits[-1], visit))
        else:
            visits.append(visit)
    if dated:
        # to the day, whatever the ages were rounded to
        start = visits[0]
        visits = [replace(visit, age=start.age + _years(start, visit)) for visit in visits]
    return Timeline(subject, tuple(visits), tuple(retests))


def _check_days(visits: list[TimelineVisit]) -> None:
    """Raise ValueError where two sessions' ages and days do not go together."""
    known = [visit for visit in visits if visit.day is not None and np.isfinite(visit.age)]
    for one, other in pairwise(sorted(known, key=lambda visit: (visit.day or date.min, visit.session))):
        by_age, by_day = other.age - one.age, _years(one, other)
        whole = one.age.is_integer() and other.age.is_integer()
        if abs(by_age - by_day) > (WHOLE_AGES_AGREE if whole else AGES_AGREE):
            if one.day == other.day:
                raise ValueError(
                    f"sessions {one.session} and {other.session}: one day, and ages {by_age:+.1f} years"
                )
            raise ValueError(
                f"sessions {one.session} and {other.session}: expected ages {by_day:.1f} years apart, as their "
                f"days are, found {by_age:.1f}"
            )


def _years(one: TimelineVisit, other: TimelineVisit) -> float:
    """Return the years from one visit to another, by days where both are known."""
    if one.day is not None and other.day is not None:
        return (other.day - one.day).days / DAYS_A_YEAR
    return other.age - one.age


def _number(session: str) -> tuple[str, int, str]:
    """Return what sessions are sorted by: what stands before the number, the number, what follows it."""
    key = session_key(session)
    found = _NUMBERED.search(key)
    return (key, 0, "") if found is None else (key[: found.start()], int(found[1]), found[2])


def _is_numbered(session: str) -> bool:
    key = session_key(session)
    return bool(_NUMBERED.match(key))


def _said(visit: TimelineVisit) -> str:
    return f"({visit.day})" if visit.day is not None else "(a younger age)"
