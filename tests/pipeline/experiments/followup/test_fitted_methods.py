"""What is fitted is fitted to the people it is given, and pairs of retests are pairs."""

import numpy as np
import pytest

from brainaging.pipeline.data.visits import Timeline, TimelineVisit
from brainaging.pipeline.experiments.followup.fitted_methods import first_scans, followed, retest_pairs
from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES
from brainaging.pipeline.experiments.followup.placed_sessions import PlacedPerson
from brainaging.transforms import get_grid


@pytest.fixture
def person():
    """Return somebody with a retest between two visits, whose three volumes are told apart."""
    first, again, later = (TimelineVisit(row, f"ses-{row}", 60.0 + row) for row in (0, 2, 1))
    timeline = Timeline("sub-a", (first, later), ((first, again),))
    return PlacedPerson(timeline, np.arange(3.0)[:, None, None, None] * np.ones((3, 2, 2, 2)), 0.9)


def test_volumes_go_by_visits_and_retests_by_pairs(person):
    measured = {name: [np.array([10.0, 14.0, 10.5])] for name in STRUCTURES}
    over_time = followed([person], measured, [0])
    np.testing.assert_array_equal(over_time.volumes["grey"][0], [10.0, 14.0])
    np.testing.assert_array_equal(over_time.ages[0], [60.0, 61.0])
    pairs = retest_pairs([person], measured, [0])
    np.testing.assert_array_equal(pairs["white"], [[10.0, 10.5]])
    assert retest_pairs([person], measured, [])["white"].shape == (0, 2)
    ((scan, again),) = person.retests
    assert (scan.max(), again.max()) == (0.0, 2.0)


def test_first_scans_are_the_first_visits_of_the_people_asked_for(followed_placed):
    cohort, placed = followed_placed
    scans = first_scans(placed, cohort, np.array(["a", "b", "c"]), get_grid("t1w_32"), [2, 0])
    np.testing.assert_array_equal(scans.volumes[1], placed[0].visit(0))
    np.testing.assert_allclose(scans.age, [placed[row].person.visits[0].age for row in (2, 0)])
    sexes = cohort.table["sex"].to_numpy()[[placed[row].person.visits[0].row for row in (2, 0)]]
    np.testing.assert_array_equal(scans.male, sexes == "M")
    assert scans.families.tolist() == ["c", "a"]


@pytest.fixture(scope="module")
def followed_placed(request, tmp_path_factory):
    cohort, people = request.getfixturevalue("followed")
    rng = np.random.default_rng(0)
    volumes = [rng.random((len(person.rows), 32, 32, 32)).astype(np.float32) for person in people]
    return cohort, [PlacedPerson(person, volume, 1.0) for person, volume in zip(people, volumes, strict=True)]
