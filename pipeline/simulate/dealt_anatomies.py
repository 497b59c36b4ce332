"""Whose brain is whose: families are dealt to anatomies, as many people to each."""

from collections import defaultdict
from collections.abc import Sequence

from brainaging.pipeline.runtime import generator
from brainaging.pipeline.simulate.families import Member


def deal_anatomies(members: Sequence[Member], anatomies: Sequence[str], seed: int) -> list[str]:
    """Return the anatomy of every member, (n,): a family has one, and each is dealt as many people as another.

    Large families come first and single people last, each to the anatomy with the fewest people so far, so that
    counts differ by one where there are enough small families; which anatomy is which is drawn by the seed.
    """
    if len(anatomies) == 1:
        return [anatomies[0]] * len(members)
    order = [sorted(anatomies)[place] for place in generator(seed, "anatomies").permutation(len(anatomies))]
    families: dict[int, list[int]] = defaultdict(list)
    for member in members:
        families[member.family].append(member.person)
    counts = dict.fromkeys(order, 0)
    anatomy_of: dict[int, str] = {}
    for family in sorted(families, key=lambda number: (-len(families[number]), number)):
        fewest = min(order, key=counts.__getitem__)
        anatomy_of[family] = fewest
        counts[fewest] += len(families[family])
    return [anatomy_of[member.family] for member in members]
