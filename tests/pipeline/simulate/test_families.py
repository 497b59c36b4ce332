"""Families: make-up, and how traits run in them."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.simulate.families import Member, draw_members, inherited


def test_members_are_numbered_twins_come_in_pairs_and_the_last_family_is_cut(scenario):
    members = draw_members(scenario, 1, 200)
    assert [member.person for member in members] == list(range(200))
    assert [member.family for member in members] == sorted(member.family for member in members)
    pairs: dict[int, list[Member]] = {}
    for member in members:
        pairs.setdefault(member.pair, []).append(member)
    for pair in pairs.values():
        assert len({(member.family, member.kind) for member in pair}) == 1
        whole = 1 if pair[0].kind == "sibling" else 2
        assert len(pair) == whole or pair[-1] is members[-1]


def test_families_come_in_the_scenario_s_shares(scenario):
    types = {"mz+sibling": 0.5, "sibling": 0.5}
    members = draw_members(replace(scenario, families=replace(scenario.families, types=types)), 2, 3000)
    sizes = np.bincount([member.family for member in members])[:-1]
    assert set(sizes) == {1, 3}
    assert (sizes == 3).mean() == pytest.approx(0.5, abs=0.04)


def test_traits_correlate_as_the_scenario_says_and_have_unit_variance(scenario):
    families = scenario.families

    def draws(kind: str, person: int, family: int, pair: int) -> np.ndarray:
        return inherited(families, 3, "trait", Member(person, family, pair, kind), 20000)

    first = {kind: draws(kind, 0, 0, 0) for kind in ("mz", "dz", "sibling")}
    assert all(values.var() == pytest.approx(1, abs=0.04) for values in first.values())
    for kind in ("mz", "dz"):
        twin = draws(kind, 1, 0, 0)
        assert np.corrcoef(first[kind], twin)[0, 1] == pytest.approx(getattr(families, kind), abs=0.03)
    sibling, stranger = draws("sibling", 2, 0, 1), draws("sibling", 3, 1, 16)
    assert np.corrcoef(first["mz"], sibling)[0, 1] == pytest.approx(families.sibling, abs=0.03)
    assert np.corrcoef(first["mz"], stranger)[0, 1] == pytest.approx(0, abs=0.03)


def test_every_trait_is_drawn_by_itself(scenario):
    member = Member(0, 0, 0, "mz")
    first, second = (inherited(scenario.families, 3, trait, member, 5000) for trait in ("warp", "rate"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05
