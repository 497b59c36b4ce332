"""Which people may stand in for which when labels are permuted: one scheme, as deep as what is known of families.

Source: Winkler, Webster, Vidaurre, Nichols and Smith 2015, "Multi-level block permutation", NeuroImage 123: blocks
nested in blocks, exchanged only with blocks of the same build at every level. The levels here:

1. Whole families change places with families of the same *build*: as many sets of people, of the same kinds.
2. Within a family, sets of the same kind change places (siblings with siblings, a twin pair with another pair).
3. Within a set its members change places (a twin with the twin).

A *set* is those of a family who are of the same age to the value given: twins, or repeated scans. Twins are more
alike than siblings and share their age, so that a family of twins and a brother is not exchanged with one of three
brothers, and a brother never with a twin: only this makes shuffling within families valid for age. Identical twins
are alike more than other twins and always of one sex, so that sets of one sex and mixed sets are different kinds:
this makes it valid for sex. Within a kind, members are taken to be equally alike (compound symmetry). Where every
family is one person, this is plain permutation.

Two depths, by what a test knows of people:

- :func:`family_builds` and :func:`family_orders`, where ages and sexes are known: all three levels. Group maps and
  the cosine of directions stand on it.
- :func:`group_orders`, where group labels alone are known: a group is one set, and its build is its size. Whole
  groups of one size change places, so that the likeness of relatives survives in features and labels alike, and
  members of a group are taken to be equally alike: what differs within families of one size (a twin pair and a
  sibling) is not distinguished, and a test is exact for unrelated people, for pairs of one kind, for sites.
  Probes, importance and the differences of measures stand on it: their labels may be neither age nor sex, and may
  be unknown for some of a family. A group whose size is unique has its labels shuffled among its own members;
  where groups are families that concerns few, where they are sites of unequal size the null is independence
  within sites.
"""

from collections import Counter, defaultdict

import numpy as np

#: fewest families that must be able to change places with another
FEWEST_BLOCKS = 5

#: kinds of the sets in a family: (people, whether they are of one sex), sorted
Build = tuple[tuple[int, bool], ...]


def family_builds(families: np.ndarray, age: np.ndarray, male: np.ndarray) -> dict[Build, np.ndarray]:
    """Return the rows (families, people) of each build, columns in the order of the build's sets.

    Args:
        families: (n,) labels.
        age: (n,) whoever shares family and age is one set.
        male: (n,) 0 or 1.
    """
    families_of: dict[Build, list[list[int]]] = defaultdict(list)
    order = np.argsort(families, kind="stable")
    cuts = np.flatnonzero(np.diff(np.unique(families, return_inverse=True)[1][order])) + 1
    for rows in np.split(order, cuts):
        sets = [rows[age[rows] == value] for value in np.unique(age[rows])]
        kinds = [(len(people), len(people) == 1 or bool(np.ptp(male[people]) == 0)) for people in sets]
        places = sorted(range(len(sets)), key=lambda place: kinds[place])
        build = tuple(kinds[place] for place in places)
        families_of[build].append([int(row) for place in places for row in sets[place]])
    return {build: np.array(rows) for build, rows in sorted(families_of.items())}


def exchangeable(builds: dict[Build, np.ndarray]) -> int:
    """Return the number of families that can change places with another one."""
    return sum(len(rows) for rows in builds.values() if len(rows) > 1)


def group_builds(groups: np.ndarray) -> dict[Build, np.ndarray]:
    """Return the rows (groups, members) of each size of group, in the order that sizes first come up.

    Args:
        groups: (n,) labels; each group is one set of members who are equally alike.
    """
    members: dict[Build, list[np.ndarray]] = {}
    for name in np.unique(groups):
        rows = np.flatnonzero(groups == name)
        members.setdefault(((len(rows), True),), []).append(rows)
    return {build: np.stack(rows) for build, rows in members.items()}


def group_orders(groups: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count, n) orders of the n rows that swap whole groups of equal size; members in random order."""
    orders = np.tile(np.arange(len(groups), dtype=np.int32), (count, 1))
    for build, rows in group_builds(groups).items():
        for order in orders:
            order[rows] = _exchanged(rows, build, rng)
    return orders


def family_orders(builds: dict[Build, np.ndarray], count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count, n) orders of the rows by all three levels, each drawn anew; the identity is not among them
    but by chance."""
    total = sum(rows.size for rows in builds.values())
    orders = np.tile(np.arange(total), (count, 1))
    for order in orders:
        for build, rows in builds.items():
            order[rows] = _exchanged(rows, build, rng)
    return orders


def _exchanged(rows: np.ndarray, build: Build, rng: np.random.Generator) -> np.ndarray:
    """Return ``rows`` (families, people) of one build in random order: families, their sets of one kind, and the
    members of each set."""
    rows = rows[rng.permutation(len(rows))]
    parts, start = [], 0
    for (size, _), times in Counter(build).items():
        sets = rows[:, start : start + times * size].reshape(len(rows), times, size)
        if times > 1:
            places = rng.permuted(np.tile(np.arange(times), (len(rows), 1)), axis=1)
            sets = np.take_along_axis(sets, places[:, :, None], axis=1)
        parts.append((rng.permuted(sets, axis=2) if size > 1 else sets).reshape(len(rows), -1))
        start += times * size
    return np.concatenate(parts, axis=1)
