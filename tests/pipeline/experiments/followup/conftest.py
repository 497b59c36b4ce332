"""People who were followed, simulated once for the folder."""

import pytest

from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.data.cohorts import Problems
from brainaging.pipeline.data.visits import session_days, timelines
from brainaging.pipeline.simulate import simulate


@pytest.fixture(scope="session")
def followed(tmp_path_factory):
    """Return (cohort, its people in time) of three people at two or three sessions, at 6 mm."""
    folder = simulate(tmp_path_factory.mktemp("followed") / "people", "follow-up", 3, seed=3, spacing=6.0)
    cohort = read_cohort(folder)
    problems = Problems()
    people = timelines(cohort, session_days(cohort, problems), problems)
    assert not problems
    return cohort, people
