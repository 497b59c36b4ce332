"""Sessions that cannot be are refused by name."""

import copy

import pytest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import load_scenario
from brainaging.pipeline.simulate.scenario import scenario_from_dict


@pytest.fixture
def plain():
    return copy.deepcopy(load_scenario("follow-up").as_dict())


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("number", 1, r"sessions\.number: expected 2 to 20, got 1"),
        (
            "interval_sd",
            1.0,
            r"sessions\.interval_sd: expected at most a third of interval_years \(2\.5\), got 1\.0",
        ),
        ("scanner_change", {"session": 4}, r"sessions\.scanner_change\.session: expected at most 3, got 4"),
        ("retest_days", 90, r"sessions\.retest_days: expected 0 to 60, got 90"),
        ("interval", 2, r"sessions: unknown key interval; expected number"),
    ],
)
def test_what_is_wrong_is_named(plain, key, value, message):
    plain["sessions"][key] = value
    with pytest.raises(UserError, match=message):
        scenario_from_dict(plain)


def test_a_number_of_sessions_is_asked_for_beside_the_scenario():
    followed, once = load_scenario("follow-up"), load_scenario("hcp-ya")
    assert followed.with_sessions(2).sessions.birth_cohort == followed.sessions.birth_cohort
    assert followed.with_sessions(1).sessions is None
    assert once.with_sessions(1) == once
    assert once.with_sessions(3).sessions.number == 3
    with pytest.raises(UserError, match=r"sessions\.number: expected 2 to 20, got 0"):
        once.with_sessions(0)


def test_a_scenario_without_sessions_says_nothing_of_them():
    # the recipe's hash stands in every cohort that was simulated before there were sessions
    assert "sessions" not in load_scenario("hcp-ya").as_dict()
