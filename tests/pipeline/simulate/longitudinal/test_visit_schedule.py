"""Who is scanned when: intervals and drop-out as planned, people stay who they are, a scan's draws are its own."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from brainaging.pipeline.simulate import draw_causes, load_scenario
from brainaging.pipeline.simulate.longitudinal.session_plan import ScannerChange
from brainaging.pipeline.simulate.longitudinal.visit_schedule import middle_age, sessions_of, stays_away


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("follow-up")


@pytest.fixture(scope="module")
def people(scenario):
    return draw_causes(scenario, 5, 400)


def followed(people, scenario, **changed):
    plan = replace(scenario.sessions, **changed)
    return [sessions_of(cause, scenario, plan, 5) for cause in people]


def test_days_and_ages_agree_and_run_on(people, scenario):
    for visits in followed(people, scenario):
        days = [date.fromisoformat(cause.visit.day) for cause in visits]
        assert days == sorted(days)
        since = np.array([(day - days[0]).days for day in days]) / 365.25
        np.testing.assert_allclose([cause.age - visits[0].age for cause in visits], since, atol=1e-9)
        np.testing.assert_allclose([cause.visit.years for cause in visits], since, atol=1e-9)


def test_intervals_and_the_share_of_retests_are_those_of_the_plan(people, scenario):
    everybody = followed(people, scenario, drop_out=0.0)
    gaps = [
        after.visit.years - before.visit.years
        for visits in everybody
        for before, after in zip(plain(visits), plain(visits)[1:], strict=False)
    ]
    assert np.mean(gaps) == pytest.approx(2.5, abs=0.06)
    assert np.std(gaps) == pytest.approx(0.4, abs=0.04)
    retested = [cause for visits in everybody for cause in visits if cause.visit.retest]
    assert len(retested) / len(people) == pytest.approx(0.25, abs=0.06)
    assert all(cause.visit.years <= 14 / 365 and cause.visit.session == "1retest" for cause in retested)


def plain(visits):
    return [cause for cause in visits if not cause.visit.retest]


def test_who_is_older_stays_away_more_often_and_for_good(people, scenario):
    middle = middle_age(scenario)
    often = {"drop_out": 0.3, "drop_out_per_decade": 1.0}
    everybody, plan = followed(people, scenario, **often), replace(scenario.sessions, **often)
    for visits in everybody:
        assert [cause.visit.session for cause in plain(visits)] == ["1", "2", "3"][: len(plain(visits))]
    for old in (False, True):
        group = [len(plain(visits)) > 1 for visits in everybody if (visits[0].age > middle) is old]
        ages = [visits[0].age for visits in everybody if (visits[0].age > middle) is old]
        expected = np.mean([1 - stays_away(age - middle, plan) for age in ages])
        assert np.mean(group) == pytest.approx(expected, abs=0.09)
    assert all(len(plain(visits)) == 3 for visits in followed(people, scenario, drop_out=0.0))


def test_a_person_stays_who_they_are_and_a_scan_is_its_own(people, scenario):
    visits = next(found for found in followed(people, scenario) if len(found) > 3)
    assert (
        len({(cause.rate, cause.head_size, cause.cortex_years, cause.sex, cause.member) for cause in visits}) == 1
    )
    assert len({cause.gain for cause in visits}) == len(visits)
    assert len({cause.contrast for cause in visits}) == len(visits)
    assert len({cause.occasion for cause in visits}) == len(visits)


def test_a_longer_plan_begins_with_the_shorter_one(people, scenario):
    short, long = (followed(people, scenario, number=number) for number in (2, 4))
    for fewer, more in zip(short, long, strict=True):
        assert more[: len(fewer)] == fewer


def test_earlier_birth_makes_an_older_brain_at_any_age(people, scenario):
    planned, without = (followed(people, scenario, birth_cohort=share) for share in (0.5, 0.0))
    for here, there in zip(planned, without, strict=True):
        older = 0.5 * (here[0].age - middle_age(scenario))
        for cause, plain_cause in zip(here, there, strict=True):
            assert cause.cortex_years - plain_cause.cortex_years == pytest.approx(older)
            assert cause.ventricle_years - plain_cause.ventricle_years == pytest.approx(older)


def test_nobody_is_scanned_beyond_ninety(scenario):
    old = [replace(cause, age=89.0) for cause in draw_causes(scenario, 5, 20)]
    assert all(cause.age <= 90 for visits in followed(old, scenario) for cause in visits)


def test_another_scanner_multiplies_gain_from_its_session_on(people, scenario):
    change = ScannerChange(session=2, share=0.5, gain=2.0, contrast=0.9)
    changed, same = (followed(people, scenario, scanner_change=each) for each in (change, None))
    ratios = [
        (cause.visit.session, cause.visit.scanner, cause.gain / plain_cause.gain)
        for here, there in zip(changed, same, strict=True)
        for cause, plain_cause in zip(here, there, strict=True)
    ]
    assert all(ratio == pytest.approx(2.0 if scanner == 2 else 1.0) for _, scanner, ratio in ratios)
    assert {scanner for session, scanner, _ in ratios if session in ("1", "1retest")} == {1}
    later = [scanner == 2 for session, scanner, _ in ratios if session == "2"]
    assert np.mean(later) == pytest.approx(0.5, abs=0.08)
