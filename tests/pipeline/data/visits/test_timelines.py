"""People's scans in time: retests told from visits, and every reason why there is no order is one line."""

import re
from datetime import date

import pandas as pd
import pytest

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.cohorts import PUBLIC_COLUMNS, CohortError, Problems
from brainaging.pipeline.data.visits import timelines

NAN = float("nan")


def cohort(*scans):
    """Return a cohort of scans (subject, session, age)."""
    rows = [
        dict.fromkeys(PUBLIC_COLUMNS, "") | {"subject": subject, "session": session, "age_years": age}
        for subject, session, age in scans
    ]
    return Cohort(pd.DataFrame(rows, columns=list(PUBLIC_COLUMNS)).astype({"age_years": float}), "people")


def days(**of):
    """Return days by session of subject sub-a, as s1="2010-01-01"."""
    return {("sub-a", session.removeprefix("s")): date.fromisoformat(day) for session, day in of.items()}


#: somebody else without fault, so that somebody is left
GOOD = [("sub-b", "ses-1", 60.0), ("sub-b", "ses-2", 63.0)]


def problem(scans, known):
    problems = Problems()
    found = timelines(cohort(*scans, *GOOD), known, problems)
    assert [person.subject for person in found] == ["sub-b"]
    (line,) = [str(entry) for entry in problems]
    assert "\n" not in line
    return line


def test_sessions_are_in_time_and_days_count_before_ages():
    problems = Problems()
    scans = [("sub-a", "ses-2", 63.1), ("sub-a", "ses-1", 60.0), ("sub-b", "ses-1", 50.0)]
    first, other = timelines(cohort(*scans), days(s1="2010-01-01", s2="2013-01-01"), problems)
    assert [visit.session for visit in first.visits] == ["ses-1", "ses-2"]
    assert first.visits[1].age == pytest.approx(60 + 1096 / 365.25)
    assert first.rows == [1, 0]
    assert len(other.visits) == 1
    assert not problems


def test_scans_within_sixty_days_are_retests_on_one_day_too():
    scans = [("sub-a", "ses-1", 60.0), ("sub-a", "ses-1retest", 60.05), ("sub-a", "ses-2", 62.0)]
    (person,) = timelines(cohort(*scans), {}, Problems())
    assert [visit.session for visit in person.visits] == ["ses-1", "ses-2"]
    assert [(one.session, other.session) for one, other in person.retests] == [("ses-1", "ses-1retest")]
    assert person.rows == [0, 2, 1]
    known = days(s1="2010-01-01", s1retest="2010-01-01", s2="2012-01-01")
    (person,) = timelines(cohort(*scans[:1], ("sub-a", "ses-1retest", 60.0), scans[2]), known, Problems())
    assert len(person.retests) == 1


def test_ages_that_are_not_known_are_told_by_days():
    scans = [("sub-a", "ses-1", 60.0), ("sub-a", "ses-2", NAN)]
    (person,) = timelines(cohort(*scans), days(s1="2010-01-01", s2="2012-01-01"), Problems())
    assert person.visits[1].age == pytest.approx(62.0, abs=0.01)


@pytest.mark.parametrize(
    ("ages", "known", "said"),
    [
        ((63.0, 60.0), {}, r"expected sessions in the order of time, found ses-2 \(a younger age\) before ses-1"),
        (
            (60.0, NAN),
            {"s1": "2013-01-01", "s2": "2010-01-01"},
            r"expected sessions in the order of time, found ses-2 \(2010-01-01\) before ses-1 \(2013-01-01\)",
        ),
        (
            (60.0, 63.0),
            {"s1": "2010-01-01", "s2": "2010-01-01"},
            r"sessions ses-1 and ses-2: one day, and ages \+3\.0",
        ),
        (
            (60.0, 63.0),
            {"s1": "2010-01-01", "s2": "2011-01-01"},
            r"expected ages 1\.0 years apart, as their days are, found 3\.0",
        ),
        ((60.0, NAN), {}, r"session ses-2: expected an age or a day, found neither"),
        (
            (NAN, NAN),
            {"s1": "2010-01-01", "s2": "2011-01-01"},
            r"expected an age at one session at least, found none",
        ),
    ],
)
def test_what_cannot_be_is_one_line(ages, known, said):
    line = problem([("sub-a", f"ses-{number + 1}", age) for number, age in enumerate(ages)], days(**known))
    assert re.search(said, line), line
    assert "sub-a" in line


def test_whole_ages_may_be_a_year_off_their_days():
    scans = [("sub-a", "ses-1", 60.0), ("sub-a", "ses-2", 61.0)]
    (person,) = timelines(cohort(*scans), days(s1="2010-01-01", s2="2011-12-01"), Problems())
    assert person.visits[1].age == pytest.approx(61.91, abs=0.01)


def test_one_session_each_is_refused_in_one_line():
    with pytest.raises(
        CohortError, match=r"^people: expected people scanned at two sessions more than 60 days apart"
    ):
        timelines(cohort(("sub-a", "ses-1", 60.0), ("sub-b", "", 50.0)), {}, Problems())


def test_where_nobody_is_left_all_reasons_are_given():
    with pytest.raises(CohortError, match="nobody is left who was scanned twice"):
        timelines(cohort(("sub-a", "ses-1", 63.0), ("sub-a", "ses-2", 60.0)), {}, Problems())


def test_sessions_that_are_called_by_words_are_ordered_by_age():
    scans = [("sub-a", "ses-followup", 63.0), ("sub-a", "ses-baseline", 60.0)]
    (person,) = timelines(cohort(*scans), {}, Problems())
    assert [visit.session for visit in person.visits] == ["ses-baseline", "ses-followup"]
