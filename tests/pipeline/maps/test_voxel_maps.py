"""Group maps: planted effects found, nothing elsewhere, families respected."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.maps import voxel_maps
from brainaging.pipeline.maps.voxel_maps import GroupMaps, group_maps
from brainaging.pipeline.runtime import UserError, generator
from brainaging.pipeline.stats.exchangeability import exchangeable, family_builds, family_orders

MASK = np.zeros((6, 5, 4), dtype=bool)
MASK[1:5, 1:4] = True


def drawn(
    rng: np.random.Generator, trios: int = 8, identical: int = 10, mixed: int = 10
) -> tuple[Covariates, ...]:
    """Return people and families: twins with a sibling, identical twins, and twins of both sexes."""
    sizes = [3] * trios + [2] * (identical + mixed)
    families = np.repeat(np.arange(len(sizes)), sizes)
    age = rng.integers(22, 37, len(sizes))[families].astype(float)
    male = rng.integers(0, 2, len(sizes))[families].astype(float)
    first = np.flatnonzero(np.r_[True, np.diff(families) > 0])
    age[first[:trios] + 2] += rng.choice([-4, -2, 3, 5], trios)
    male[first[:trios] + 2] = rng.integers(0, 2, trios)
    male[first[trios + identical :]] = 1 - male[first[trios + identical :] + 1]
    size = 1200 + 100 * male + rng.normal(0, 60, len(age))
    order = rng.permutation(len(age))
    return Covariates(age[order], male[order], size[order]), families[order]


def noise(rng: np.random.Generator, people: Covariates, families: np.ndarray) -> np.ndarray:
    """Return volumes (n, …) that identical twins share wholly and other relatives by half."""
    family = rng.normal(size=(families.max() + 1, *MASK.shape))
    own = rng.normal(size=(len(people), *MASK.shape))
    for number in np.unique(families):
        rows = np.flatnonzero(families == number)
        for row in rows:
            twins = rows[(people.age[rows] == people.age[row]) & (people.male[rows] == people.male[row])]
            own[row] = own[twins[0]]
    return np.sqrt(0.5) * (family[families] + own)


def rejections(count: int, families_known: bool) -> np.ndarray:
    """Return in how many data sets without any effect a voxel is called significant, for age and sex."""
    found = np.zeros(2, dtype=int)
    for number in range(count):
        rng = np.random.default_rng(1000 + number)
        people, families = drawn(rng)
        volumes = noise(rng, people, families)
        asked = families if families_known else np.arange(len(people))
        maps = group_maps(volumes, MASK, people, asked, seed=number, permutations=99)
        found += [bool(one.significant.any()) for _, one in maps.items()]
    return found


def planted(seed: int = 0) -> tuple[np.ndarray, Covariates, np.ndarray]:
    rng = np.random.default_rng(seed)
    people, families = drawn(rng, 20, 30, 30)
    volumes = noise(rng, people, families)
    decades = (people.age - people.age.mean()) / 10
    volumes[:, 1, 1, :] += 3.0 * decades[:, None]
    volumes[:, 3, 2, :] += 1.5 * people.male[:, None]
    return volumes, people, families


def test_without_an_effect_one_data_set_in_twenty_is_called_significant() -> None:
    found = rejections(100, families_known=True)
    assert (found <= binom.ppf(0.999, 100, 0.05)).all()
    assert found.sum() >= binom.ppf(0.001, 200, 0.05)


def test_permuting_twins_one_by_one_finds_what_is_not_there() -> None:
    naive = rejections(30, families_known=False)
    assert naive[0] > binom.ppf(0.9999, 30, 0.05)


def test_planted_effects_are_found_where_they_are_and_in_their_size() -> None:
    volumes, people, families = planted()
    maps = group_maps(volumes, MASK, people, families, seed=0, permutations=199)
    for one, place in ((maps.age, (1, 1)), (maps.sex, (3, 2))):
        assert one.significant[place].all()
        other = one.significant.copy()
        other[place] = False
        # one data set in twenty has a voxel too many
        assert other.sum() <= 1
        assert (one.p[~MASK] == 1).all()
        assert (np.abs(one.t[one.significant]) > one.critical).all()
        assert (np.abs(one.t[MASK & ~one.significant]) <= one.critical * (1 + 1e-4)).all()
    assert maps.age.effect[1, 1].mean() == pytest.approx(3.0, abs=0.5)
    assert maps.sex.effect[3, 2].mean() == pytest.approx(1.5, abs=0.4)
    assert (maps.people, maps.families) == (len(people), 80)


def test_effects_and_t_are_those_of_ordinary_least_squares() -> None:
    volumes, people, families = planted()
    maps = group_maps(volumes, MASK, people, families, seed=0, permutations=19)
    design = np.column_stack([np.ones(len(people)), people.age / 10, people.male, np.log(people.head_size)])
    y = volumes[:, 2, 2, 1]
    beta, rest, *_ = np.linalg.lstsq(design, y)
    variance = rest[0] / (len(y) - 4)
    error = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))
    for one, column in ((maps.age, 1), (maps.sex, 2)):
        assert one.effect[2, 2, 1] == pytest.approx(beta[column] / np.sqrt(variance), rel=1e-3)
        assert one.t[2, 2, 1] == pytest.approx(beta[column] / error[column], rel=1e-3)


def test_p_is_that_of_a_plain_loop_of_freedman_and_lane() -> None:
    """The matrix products do what permuting and refitting one by one does."""
    volumes, people, families = planted()
    volumes = volumes - volumes.mean(axis=0)
    maps = group_maps(volumes, MASK, people, families, seed=3, permutations=39)
    orders = family_orders(family_builds(families, people.age, people.male), 39, generator(3, "group maps"))
    held = np.column_stack([np.ones(len(people)), people.male, np.log(people.head_size)])
    full = np.column_stack([held, people.age / 10])
    y = volumes[:, MASK]
    residual = y - held @ np.linalg.lstsq(held, y)[0]
    inverse = np.linalg.inv(full.T @ full)[-1, -1]

    def t(values: np.ndarray) -> np.ndarray:
        beta, rest, *_ = np.linalg.lstsq(full, values)
        return np.abs(beta[-1]) / np.sqrt(rest / (len(values) - 4) * inverse)

    largest = np.array([t(residual[order]).max() for order in orders])
    expected = (1 + (largest[:, None] >= t(y)).sum(axis=0)) / 40
    np.testing.assert_allclose(maps.age.p[MASK], expected, rtol=1e-5)


@pytest.mark.parametrize(("block", "room"), [(1, 2**24), (7, 300), (2**12, 1)])
def test_maps_are_the_same_in_any_blocks(block: int, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    volumes, people, families = planted()
    volumes[:, 2, 3, 2] = 4.0
    whole = group_maps(volumes, MASK, people, families, seed=3, permutations=49)
    monkeypatch.setattr(voxel_maps, "_BLOCK", block)
    monkeypatch.setattr(voxel_maps, "_ROOM", room)
    parts = group_maps(volumes, MASK, people, families, seed=3, permutations=49)
    for (_, one), (_, other) in zip(whole.items(), parts.items(), strict=True):
        np.testing.assert_array_equal(one.p, other.p)
        assert other.critical == pytest.approx(one.critical, rel=1e-5)
        for name in ("effect", "t"):
            np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-4, atol=1e-5)


def test_only_families_of_one_build_change_places() -> None:
    rng = np.random.default_rng(0)
    people, families = drawn(rng)
    builds = family_builds(families, people.age, people.male)
    twins, alone = (2, True), (1, True)
    assert set(builds) == {(alone, twins), (twins,), ((2, False),)}
    assert exchangeable(builds) == 28
    for order in family_orders(builds, 30, rng):
        assert sorted(order) == list(range(len(families)))
        for number in np.unique(families):
            rows = np.flatnonzero(families == number)
            came = families[order[rows]]
            # whole families, of the same build, twins onto twins
            assert len(set(came)) == 1
            same_age = people.age[rows][:, None] == people.age[rows]
            assert (same_age == (people.age[order[rows]][:, None] == people.age[order[rows]])).all()


def test_people_without_relatives_are_permuted_plainly() -> None:
    age, male = np.arange(20.0), np.arange(20) % 2.0
    builds = family_builds(np.arange(20), age, male)
    assert list(builds) == [((1, True),)]
    places = family_orders(builds, 400, np.random.default_rng(0))[:, 0]
    assert len(set(places)) == 20


def test_too_few_families_to_permute_are_refused() -> None:
    volumes, people, _ = planted()
    with pytest.raises(UserError, match="5 families or more that can change places"):
        group_maps(volumes, MASK, people, np.zeros(len(people), dtype=int), seed=0)
    few = np.arange(6)
    with pytest.raises(UserError, match="9 people or more, found 6"):
        group_maps(volumes[few], MASK, people[few], few, seed=0)


def test_a_covariate_that_the_others_tell_is_refused() -> None:
    volumes, people, families = planted()
    told = replace(people, head_size=np.exp(people.age / 10))
    with pytest.raises(UserError, match="tell one another wholly"):
        group_maps(volumes, MASK, told, families, seed=0, permutations=19)


def test_the_same_seed_gives_the_same_maps_and_a_constant_voxel_no_effect() -> None:
    volumes, people, families = planted()
    volumes[:, 2, 3, 2] = 4.0

    def once() -> GroupMaps:
        return group_maps(volumes, MASK, people, families, seed=5, permutations=19)

    one, again = once(), once()
    np.testing.assert_array_equal(one.age.p, again.age.p)
    assert one.age.t[2, 3, 2] == 0
    assert one.sex.p[2, 3, 2] == 1
