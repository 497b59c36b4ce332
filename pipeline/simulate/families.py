"""Families as in HCP: twins, siblings, singletons, and traits that run in them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainaging.pipeline.runtime import generator
from brainaging.pipeline.simulate.scenario import Families, Scenario


@dataclass(frozen=True)
class Member:
    """One person's place: running number, family, pair (shared by the two of a twin pair) and kind."""

    person: int
    family: int
    pair: int
    kind: str  # "mz", "dz" or "sibling"


def draw_members(scenario: Scenario, seed: int, count: int) -> list[Member]:
    """Return ``count`` people in families; the last family is cut short where it does not fit."""
    rng = generator(seed, "families")
    kinds, shares = list(scenario.families.types), np.array(list(scenario.families.types.values()))
    members: list[Member] = []
    family = 0
    while len(members) < count:
        make_up = str(rng.choice(kinds, p=shares / shares.sum())).split("+")
        people: list[tuple[str, int]] = []
        for part, kind in enumerate(make_up):
            people += [(kind, part)] * (1 if kind == "sibling" else 2)
        for kind, part in people[: count - len(members)]:
            # a twin whose pair is cut off stays a twin: HCP too has twins scanned without the other
            members.append(Member(len(members), family, family * 16 + part, kind))
        family += 1
    return members


def inherited(
    families: Families, seed: int, trait: str, member: Member, size: tuple[int, ...] | int = 1
) -> NDArray[np.float32]:
    """Return unit-normal draws of a ``trait`` that correlate within families as the scenario asks.

    Every member of a family shares one part, twins a second, and the rest is the person's own.
    """
    pair = {"mz": families.mz, "dz": families.dz, "sibling": families.sibling}[member.kind]
    parts = (
        (families.sibling, ("family", member.family)),
        (pair - families.sibling, ("pair", member.pair)),
        (1 - pair, ("person", member.person)),
    )
    total = np.zeros(size, dtype=np.float32)
    for variance, name in parts:
        if variance > 0:
            draw = generator(seed, trait, *name).standard_normal(size, dtype=np.float32)
            total += np.float32(np.sqrt(variance)) * draw
    return total
