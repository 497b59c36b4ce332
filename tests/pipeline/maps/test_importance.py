"""What rankings share: who can be ranked, which columns are one structure, and intervals for all at once."""

import numpy as np
import pytest

from brainaging.pipeline.maps.importance import Target, simultaneous, structures


def test_a_structure_holds_the_columns_of_both_sides(plant_table):
    columns = plant_table(n=16).columns
    names, members = structures(columns)
    assert names == sorted(names)
    assert (np.bincount(members) == 2).all()
    assert [names[member][1] for member in members] == columns["structure"].tolist()


@pytest.mark.parametrize(("scores", "can"), [([1, 2, 3, 4], True), ([1, 2, 3, np.nan], False), ([1] * 4, False)])
def test_four_people_who_differ_can_be_ranked(scores, can):
    labels = np.asarray(scores, dtype=float)
    assert Target("age", (), labels, labels, np.arange(4)).can_be_ranked == can


def test_simultaneous_intervals_are_wider_than_single_ones():
    draws = np.random.default_rng(0).normal(size=(50, 2000))
    low, high = simultaneous(np.zeros(50), draws)
    reach = (high - low) / 2
    assert (reach > 2.5).all()
    # over the draws themselves they hold all fifty at once in 95 of 100
    held = (np.abs(draws) <= reach[:, None]).all(axis=0).mean()
    assert held == pytest.approx(0.95, abs=0.01)
