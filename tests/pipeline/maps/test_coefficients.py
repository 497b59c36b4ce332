"""Coefficients: planted structures come first, and where nothing is planted nothing is significant."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.maps.coefficients import coefficients
from brainaging.pipeline.maps.importance import Resampling, levels, structures
from brainaging.pipeline.maps.measure_differences import effects
from brainaging.pipeline.stats.table_spaces import table_spaces


def ranked(target, members=None, permutations=99, replicates=60):
    """Return the ranking of columns, or of the structures that ``members`` gives."""
    level = levels(np.arange(24) if members is None else members)[members is not None]
    rng = np.random.default_rng(0)
    return coefficients(target, [level], [rng], Resampling(permutations, replicates, 0))[0]


@pytest.mark.parametrize("target", ["sex", "age"])
def test_planted_structures_come_first_and_are_significant(plant_table, targeted, planted_in, target):
    made = plant_table(n=300, **{target: 2.5})
    names, members = structures(made.columns)
    ranking = ranked(targeted(made, target), members)
    first = {names[place][1] for place in np.argsort(-ranking.value)[:3]}
    assert first == set(planted_in[target])
    for (_, name), p, low in zip(names, ranking.p, ranking.low, strict=True):
        assert (p <= 0.05) == (name in planted_in[target]), name
        assert low > 0 or name not in planted_in[target]
    assert (ranking.low <= ranking.value).all()
    assert (ranking.value <= ranking.high).all()


def test_with_permuted_labels_nothing_is_significant_family_wise(plant_table, targeted):
    """Of 120 tables without any effect, about 6 give a p of 5 % anywhere; 13 come once in 200 runs."""
    alarms = {"column": 0, "structure": 0, "difference": 0}
    for seed in range(120):
        made = plant_table(n=60, seed=seed)
        target = targeted(made, "sex", made.grouped[:1])
        rng = np.random.default_rng(seed)
        both = levels(structures(made.columns)[1])
        rankings = coefficients(target, both, [rng, rng], Resampling(39, 3, 0))
        for level, ranking in zip(both, rankings, strict=True):
            alarms[level.name] += bool((ranking.p <= 0.05).any())
        few = {"permutations": 39, "replicates": 3, "seed": seed}
        p = effects(made.values, target.scores, [made.subjects.head_size], made.groups, **few)[3]
        alarms["difference"] += bool((p <= 0.05).any())
    assert max(alarms.values()) <= 13, alarms
    # and not because the test cannot speak at all
    assert min(alarms.values()) >= 1, alarms


def test_importance_follows_columns_wherever_they_stand(plant_table, targeted):
    made = plant_table(n=120, sex=2.0)
    order = np.random.default_rng(1).permutation(24)
    pair = []
    for columns in (np.arange(24), order):
        spaces = table_spaces(made.values[:, columns], made.grouped)
        target = replace(targeted(made, "sex"), spaces=spaces)
        pair.append(ranked(target, permutations=19, replicates=20))
    np.testing.assert_allclose(pair[0].value[order], pair[1].value, atol=1e-8)
    np.testing.assert_allclose(pair[0].p[order], pair[1].p)
    np.testing.assert_allclose(pair[0].low[order], pair[1].low, atol=1e-6)


def test_people_of_unknown_age_count_nothing(plant_table, targeted):
    target = targeted(plant_table(n=120, age=2.0), "age")
    scores = target.scores.copy()
    scores[::5] = np.nan
    unknown = replace(target, scores=scores)
    assert len(unknown.known) == 96
    assert np.isfinite(ranked(unknown).value).all()
