"""Held-out importance: planted structures come first, by the loss of people whom no model saw."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.maps.held_out_importance import fold_models, held_out_importance
from brainaging.pipeline.maps.importance import Resampling, levels, structures


def ranked(target, members, replicates=60):
    """Return the ranking of the structures that ``members`` gives."""
    level, rng = levels(members)[1], np.random.default_rng(0)
    return held_out_importance(target, [level], [rng], Resampling(0, replicates, 0))[0]


@pytest.mark.parametrize("target", ["sex", "age"])
def test_planted_structures_come_first_and_are_significant(plant_table, targeted, planted_in, target):
    made = plant_table(n=300, **{target: 2.5})
    names, members = structures(made.columns)
    ranking = ranked(targeted(made, target), members)
    first = {names[place][1] for place in np.argsort(-ranking.value)[:3]}
    assert first == set(planted_in[target])
    # a structure without an effect may help still: it tells what the planted ones have in common
    for (_, name), p, low in zip(names, ranking.p, ranking.low, strict=True):
        assert (p <= 0.05 and low > 0) or name not in planted_in[target]
    assert (ranking.low <= ranking.value).all()
    assert (ranking.value <= ranking.high).all()


def test_one_family_alone_has_no_interval(plant_table, targeted):
    target = targeted(plant_table(n=60), "sex", groups=np.zeros(60, dtype=int))
    held = ranked(target, np.arange(24), replicates=20)
    assert np.isnan(held.low).all()
    assert np.isfinite(held.value).all()


def test_people_of_unknown_age_are_neither_fitted_nor_tested(plant_table, targeted):
    target = targeted(plant_table(n=120, age=2.0), "age")
    labels = target.labels.copy()
    labels[::5] = np.nan
    unknown = replace(target, labels=labels)
    assert np.isfinite(ranked(unknown, np.arange(24), replicates=20).value).all()
    tested = np.concatenate([model.rows for model in fold_models(unknown, 0)])
    assert sorted(tested) == list(np.flatnonzero(np.isfinite(labels)))


def test_where_no_fold_has_two_labels_nothing_is_told(plant_table, targeted):
    target = targeted(plant_table(n=60), "sex")
    nobody = replace(target, labels=np.full(60, "F"))
    assert fold_models(nobody, 0) == []
    assert np.isnan(ranked(nobody, np.arange(24)).value).all()
