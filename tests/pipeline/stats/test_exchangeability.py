"""Who may stand in for whom: whole families of one build, sets of one kind, members of a set."""

import numpy as np
import pytest

from brainaging.pipeline.stats.exchangeability import (
    exchangeable,
    family_builds,
    family_orders,
    group_builds,
    group_orders,
)


def test_whole_groups_of_equal_size_are_swapped():
    groups = np.array([0, 0, 1, 1, 2, 3, 4, 4, 4])
    labels = np.array(["a", "a", "b", "b", "c", "d", "x", "y", "z"])
    for order in group_orders(groups, 50, np.random.default_rng(0)):
        np.testing.assert_array_equal(np.sort(order), np.arange(9))
        moved = labels[order]
        assert moved[0] == moved[1]
        assert moved[2] == moved[3]
        assert {moved[4], moved[5]} == {"c", "d"}
        assert set(moved[6:]) == {"x", "y", "z"}


def test_a_family_of_twins_and_a_brother_is_not_one_of_three_brothers():
    families = np.repeat(np.arange(4), 3)
    age = np.array([20, 20, 25, 21, 21, 30, 20, 22, 24, 31, 33, 35.0])
    male = np.ones(12)
    builds = family_builds(families, age, male)
    assert set(builds) == {((1, True), (2, True)), ((1, True),) * 3}
    assert exchangeable(builds) == 4
    for order in family_orders(builds, 30, np.random.default_rng(0)):
        np.testing.assert_array_equal(np.sort(order), np.arange(12))
        # a brother is never put where a twin was
        assert set(order[[2, 5]]) == {2, 5}
    # known the groups alone, one size is one build
    assert list(group_builds(families)) == [((3, True),)]


def test_twins_of_both_sexes_are_no_twins_of_one():
    families, age = np.repeat(np.arange(4), 2), np.repeat([20.0, 21, 22, 23], 2)
    male = np.array([0, 0, 1, 1, 0, 1, 1, 0])
    assert set(family_builds(families, age, male)) == {((2, True),), ((2, False),)}


@pytest.mark.parametrize("known", ["groups", "families"])
def test_people_without_relatives_are_permuted_plainly(known):
    alone, rng = np.arange(20), np.random.default_rng(0)
    if known == "groups":
        orders = group_orders(alone, 400, rng)
    else:
        orders = family_orders(family_builds(alone, alone.astype(float), alone % 2), 400, rng)
    places = orders[:, 0]
    assert len(set(places)) == 20
    assert np.bincount(places, minlength=20).max() < 45  # 20 expected, SD 4.4
