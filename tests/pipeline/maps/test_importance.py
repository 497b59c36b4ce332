"""Importance: planted structures come first, and where nothing is planted nothing is significant."""

import numpy as np
import pytest

from brainaging.pipeline.maps.importance import coefficients, held_out, simultaneous, structures
from brainaging.pipeline.maps.measure_differences import effects
from brainaging.pipeline.stats.table_spaces import table_spaces

QUICK = {"permutations": 99, "replicates": 60, "seed": 0}


def numbers(made, target):
    male = np.where(made.subjects.sex == "M", 0.5, -0.5)
    return male if target == "sex" else made.subjects.years


def rank(made, target, kind):
    spaces = table_spaces(made.values, made.grouped)
    names, members = structures(made.columns)
    rng = np.random.default_rng(0)
    if kind == "coefficient":
        ranked = coefficients(spaces, numbers(made, target), made.groups, rng, members=members, **QUICK)
    else:
        labels = made.subjects.sex if target == "sex" else made.subjects.years
        ranked = held_out(spaces, labels, made.groups, rng, members=members, replicates=60, seed=0)
    return [name for _, name in names], ranked


@pytest.mark.parametrize("kind", ["coefficient", "permutation"])
@pytest.mark.parametrize("target", ["sex", "age"])
def test_planted_structures_come_first_and_are_significant(plant_table, planted_in, target, kind):
    names, ranked = rank(plant_table(n=300, **{target: 2.5}), target, kind)
    first = {names[place] for place in np.argsort(-ranked.value)[:3]}
    assert first == set(planted_in[target])
    for name, p, low in zip(names, ranked.p, ranked.low, strict=True):
        if name in planted_in[target]:
            assert p <= 0.05
            assert low > 0
        elif kind == "coefficient":
            # held out, a structure without an effect may help still: it tells what the planted ones have in common
            assert p > 0.05, name
    assert (ranked.low <= ranked.value).all()
    assert (ranked.value <= ranked.high).all()


def test_with_permuted_labels_nothing_is_significant_family_wise(plant_table):
    """Of 120 tables without any effect, about 6 give a p of 5 % anywhere; 13 come once in 200 runs."""
    alarms = {"column": 0, "structure": 0, "difference": 0}
    for seed in range(120):
        made = plant_table(n=60, seed=seed)
        spaces = table_spaces(made.values, made.grouped[:1])
        members = structures(made.columns)[1]
        rng = np.random.default_rng(seed)
        few = {"permutations": 39, "replicates": 3, "seed": 0}
        for level, own in (("column", None), ("structure", members)):
            ranked = coefficients(spaces, numbers(made, "sex"), made.groups, rng, members=own, **few)
            alarms[level] += bool((ranked.p <= 0.05).any())
        p = effects(
            made.values, numbers(made, "sex"), [made.subjects.head_size], made.groups, **(few | {"seed": seed})
        )[3]
        alarms["difference"] += bool((p <= 0.05).any())
    assert max(alarms.values()) <= 13, alarms
    # and not because the test cannot speak at all
    assert min(alarms.values()) >= 1, alarms


def test_one_family_alone_has_no_interval(plant_table):
    made = plant_table(n=60)
    spaces = table_spaces(made.values, made.grouped)
    one = np.zeros(60, dtype=int)
    held = held_out(
        spaces, made.subjects.sex, one, np.random.default_rng(0), members=np.arange(24), replicates=20, seed=0
    )
    assert np.isnan(held.low).all()
    assert np.isfinite(held.value).all()


def test_importance_follows_columns_wherever_they_stand(plant_table):
    made = plant_table(n=120, sex=2.0)
    order = np.random.default_rng(1).permutation(24)
    pair = []
    for columns in (np.arange(24), order):
        spaces = table_spaces(made.values[:, columns], made.grouped)
        few = {"permutations": 19, "replicates": 20, "seed": 0}
        pair.append(coefficients(spaces, numbers(made, "sex"), made.groups, np.random.default_rng(0), **few))
    np.testing.assert_allclose(pair[0].value[order], pair[1].value, atol=1e-8)
    np.testing.assert_allclose(pair[0].p[order], pair[1].p)
    np.testing.assert_allclose(pair[0].low[order], pair[1].low, atol=1e-6)


def test_people_of_unknown_sex_or_age_count_nothing(plant_table):
    made = plant_table(n=120, age=2.0)
    scores = numbers(made, "age").copy()
    scores[::5] = np.nan
    spaces = table_spaces(made.values, made.grouped)
    ranked = coefficients(spaces, scores, made.groups, np.random.default_rng(0), **QUICK)
    assert np.isfinite(ranked.value).all()
    labels = scores
    held = held_out(
        spaces, labels, made.groups, np.random.default_rng(0), members=np.arange(24), replicates=20, seed=0
    )
    assert np.isfinite(held.value).all()


def test_simultaneous_intervals_are_wider_than_single_ones():
    draws = np.random.default_rng(0).normal(size=(50, 2000))
    low, high = simultaneous(np.zeros(50), draws)
    reach = (high - low) / 2
    assert (reach > 2.5).all()
    # over the draws themselves they hold all fifty at once in 95 of 100
    held = (np.abs(draws) <= reach[:, None]).all(axis=0).mean()
    assert held == pytest.approx(0.95, abs=0.01)
