"""Families are dealt to anatomies whole, evenly, and by the seed."""

from collections import Counter

import pytest

from brainaging.pipeline.simulate.dealt_anatomies import deal_anatomies
from brainaging.pipeline.simulate.families import draw_members

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture(scope="module")
def members(scenario):
    return draw_members(scenario, 5, 203)


def test_every_anatomy_has_as_many_people_to_one(members):
    counts = Counter(deal_anatomies(members, NAMES, 5))
    assert set(counts) == set(NAMES)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_family_has_one_anatomy(members):
    dealt = deal_anatomies(members, NAMES, 5)
    families = {member.family for member in members}
    assert len({(member.family, name) for member, name in zip(members, dealt, strict=True)}) == len(families)


def test_the_seed_deals_and_the_order_of_names_does_not(members):
    dealt = deal_anatomies(members, NAMES, 5)
    assert dealt == deal_anatomies(members, NAMES[::-1], 5)
    assert dealt != deal_anatomies(members, NAMES, 6)


def test_one_anatomy_is_everybody_s(members):
    assert set(deal_anatomies(members, ["template"], 5)) == {"template"}
