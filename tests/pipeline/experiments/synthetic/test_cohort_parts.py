"""Three parts that share no group, people from outside who are nobody's relatives, cohorts that are too small."""

from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import LeakError, check_leak
from brainaging.pipeline.experiments.synthetic.cohort_parts import Parts, People, parted, too_few
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

Fold = namedtuple("Fold", "train test")
GRID = get_grid("t1w_32")


class Cohort:
    """Families of two to four, both sexes, sex of some unknown."""

    def __init__(self, people: int, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.families = np.sort(random.integers(people // 3, size=people))
        self.table = pd.DataFrame({"sex": random.choice(["F", "M", ""], people, p=[0.4, 0.35, 0.25])})

    def groups(self) -> np.ndarray:
        return self.families

    def strata(self) -> np.ndarray:
        return self.table["sex"].to_numpy(dtype=str)


def _fold(cohort: Cohort) -> Fold:
    held_out = cohort.families % 4 == 0
    return Fold(np.flatnonzero(~held_out), np.flatnonzero(held_out))


@pytest.mark.parametrize("seed", range(5))
def test_no_group_has_members_in_two_parts_and_nobody_is_left_out(seed: int) -> None:
    cohort = Cohort(120, seed)
    fold = _fold(cohort)
    parts = parted(cohort, fold, seed)
    check_leak(cohort.groups(), parts.generator, parts.readers, parts.held_out)
    everybody = np.concatenate([parts.generator, parts.readers])
    np.testing.assert_array_equal(np.sort(everybody), fold.train)
    np.testing.assert_array_equal(parts.held_out, fold.test)
    assert len(parts.readers) == pytest.approx(len(fold.train) / 2, abs=4)


def test_a_fold_that_leaks_is_refused() -> None:
    cohort = Cohort(60)
    rows = np.arange(60)
    with pytest.raises(LeakError):
        parted(cohort, Fold(rows[::2], rows[1::2]), 0)


def test_one_family_cannot_be_parted() -> None:
    cohort = Cohort(30)
    cohort.families = np.r_[np.zeros(20, int), np.arange(1, 11)]
    with pytest.raises(UserError, match="groups"):
        parted(cohort, Fold(np.arange(20), np.arange(20, 30)), 0)


def test_too_few_people_are_named_by_what_they_are_for() -> None:
    sex = np.tile([0, 1], 30)
    rows = np.arange(60)
    assert too_few(Parts(rows[:20], rows[20:40], rows[40:]), sex) == ""
    assert "8 scans for a generator to learn from, at least 12 needed" in too_few(
        Parts(rows[:8], rows[8:40], rows[40:]), sex
    )
    assert "0 scans of one sex for readers" in too_few(Parts(rows[:20], rows[20:40:2], rows[40:]), sex)
    assert "0 scans of one sex held out" in too_few(Parts(rows[:20], rows[20:40], rows[40::2]), sex)


@pytest.fixture
def people() -> People:
    cohort = Cohort(40)
    volumes = np.arange(40, dtype=np.float32)[:, None, None, None]
    return People(SimpleNamespace(cohort=cohort, grid=GRID), volumes, parted(cohort, _fold(cohort), 0))


def test_readers_are_tested_on_held_out_people_of_known_sex(people: People) -> None:
    assert people.fresh is people.held_out
    known = people.sex[people.parts.held_out] >= 0
    assert 0 < known.sum() < len(known)
    np.testing.assert_array_equal(people.tested.volumes[:, 0, 0, 0], people.parts.held_out[known])
    np.testing.assert_array_equal(people.tested.groups, people.groups[people.parts.held_out][known])


def test_people_from_outside_count_too_and_are_nobodys_relatives(people: People) -> None:
    others = Cohort(30, seed=9)
    volumes = 100 + np.arange(30, dtype=np.float32)[:, None, None, None]
    outside = SimpleNamespace(cohort=others, volumes=lambda: volumes)
    both = People(people.prepared, people.volumes, people.parts, outside)
    np.testing.assert_array_equal(both.fresh.volumes, volumes)
    known = int((both.fresh.sex >= 0).sum())
    np.testing.assert_array_equal(both.tested.groups[:-known], people.tested.groups)
    np.testing.assert_array_equal(both.tested.volumes[-known:], volumes[both.fresh.sex >= 0])
    assert not set(both.fresh.groups) & set(people.groups)
    facts = both.facts()
    assert facts["people_from_outside"] is True
    assert facts["distances_measured_to"]["scans"] == 30
    assert facts["readers_tested_on"]["scans"] == len(both.tested)
    assert facts["held_out"]["women"] == int((people.held_out.sex == 0).sum())
