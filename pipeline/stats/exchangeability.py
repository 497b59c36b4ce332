"""Which people may stand in for which when families are permuted.

Source: Winkler, Webster, Vidaurre, Nichols and Smith 2015, "Multi-level block permutation", NeuroImage 123: blocks
nested in blocks, exchanged only with blocks of the same build at every level. The levels here:

1. Whole families change places with families of the same *build*: as many sets of people, of the same sizes.
2. Within a family, sets of the same kind change places (siblings with siblings, a twin pair with another pair).
3. Within a set its members change places (a twin with the twin).

A *set* is those of a family who are of the same age to the value given: twins, or repeated scans. Twins are more
alike than siblings and share their age, so that a family of twins and a brother is not exchanged with one of three
brothers, and a brother never with a twin: only this makes shuffling within families valid for age. Identical twins
are alike more than other twins and always of one sex, so that sets of one sex and mixed sets are different kinds:
this makes it valid for sex. Within a kind, members are taken to be equally alike (compound symmetry). Where every
family is one person, this is plain permutation.
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
    found: dict[Build, list[list[int]]] = defaultdict(list)
    order = np.argsort(families, kind="stable")
    cuts = np.flatnonzero(np.diff(np.unique(families, return_inverse=True)[1][order])) + 1
    for rows in np.split(order, cuts):
        sets = [rows[age[rows] == value] for value in np.unique(age[rows])]
        kinds = [(len(one), len(one) == 1 or bool(np.ptp(male[one]) == 0)) for one in sets]
        places = sorted(range(len(sets)), key=lambda place: kinds[place])
        build = tuple(kinds[place] for place in places)
        found[build].append([int(row) for place in places for row in sets[place]])
    return {build: np.array(rows) for build, rows in sorted(found.items())}


def exchangeable(builds: dict[Build, np.ndarray]) -> int:
    """Return the number of families that can change places with another one."""
    return sum(len(rows) for rows in builds.values() if len(rows) > 1)


def family_orders(builds: dict[Build, np.ndarray], count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count, n) orders of the rows by the scheme above, each drawn anew; the identity is not among them
    but by chance."""
    total = sum(rows.size for rows in builds.values())
    orders = np.tile(np.arange(total), (count, 1))
    for order in orders:
        for build, rows in builds.items():
            order[rows] = _within(rows[rng.permutation(len(rows))], build, rng)
    return orders


def _within(rows: np.ndarray, build: Build, rng: np.random.Generator) -> np.ndarray:
    """Return ``rows`` (families, people) with sets of one kind, and the members of each set, in random order."""
    parts, start = [], 0
    for (size, _), times in Counter(build).items():
        sets = rows[:, start : start + times * size].reshape(len(rows), times, size)
        if times > 1:
            places = rng.permuted(np.tile(np.arange(times), (len(rows), 1)), axis=1)
            sets = np.take_along_axis(sets, places[:, :, None], axis=1)
        parts.append((rng.permuted(sets, axis=2) if size > 1 else sets).reshape(len(rows), -1))
        start += times * size
    return np.concatenate(parts, axis=1)
