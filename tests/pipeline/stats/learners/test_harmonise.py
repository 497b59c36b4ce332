"""ComBat inside folds."""

import numpy as np
import pytest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.learners import combat_spaces
from brainaging.pipeline.stats.learners.harmonise import available
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.scores import auc, point, r_squared
from brainaging.pipeline.stats.table_spaces import table_spaces


@pytest.mark.skipif(not available, reason="combatlearn (extra combat) is not installed")
def test_combat_takes_a_planted_site_offset_and_keeps_planted_ageing(confounded):
    made, values, sites, sex = confounded()
    aged = values + 0.1 * ((made.subjects.years - 40) / 10)[:, None]
    before = table_spaces(aged, made.random)
    after = combat_spaces(aged, made.random, sites)
    loose = [classify(spaces, sites, np.arange(len(sex)), 0) for spaces in (before, after)]
    assert point(auc, loose[0]) > 0.95
    assert point(auc, loose[1]) < 0.65
    years = [regress(spaces, made.subjects.years, np.arange(len(sex)), 0).raw for spaces in (before, after)]
    assert point(r_squared, years[1]) > point(r_squared, years[0])


@pytest.mark.skipif(not available, reason="combatlearn (extra combat) is not installed")
def test_combat_is_fitted_on_training_people_alone_and_leaves_unknown_sites_out(confounded):
    made, values, sites, _ = confounded()
    train, test = made.random[0]
    changed = values.copy()
    changed[test[1:]] += 5
    one, other = (combat_spaces(each, [(train, test)], sites)[0] for each in (values, changed))
    np.testing.assert_allclose(one.train, other.train)
    np.testing.assert_allclose(one.test[0], other.test[0])
    elsewhere = sites.copy()
    elsewhere[test[:5]] = "new"
    assert len(combat_spaces(values, [(train, test)], elsewhere)[0].test) == len(test) - 5


@pytest.mark.skipif(not available, reason="combatlearn (extra combat) is not installed")
def test_a_fold_without_two_sites_to_align_is_empty_and_no_crash(confounded):
    made, values, _, sex = confounded(40)
    fold = (np.arange(30), np.arange(30, 40))
    few = np.where(np.arange(40) < 2, 30.0, np.nan)
    one_in_training = np.array(["a"] * 30 + ["b"] * 10)
    none_in_training = np.array([""] * 30 + ["a"] * 5 + ["b"] * 5)
    both = np.array(["a", "b"] * 20)
    for sites, protect in ((one_in_training, None), (none_in_training, None), (both, few)):
        space = combat_spaces(values, [fold], sites, protect)[0]
        assert (len(space.train), len(space.test)) == (0, 0)
        assert classify([space], sex, np.arange(40), 0).reason
        assert regress([space], made.subjects.years, np.arange(40), 0).raw.reason


@pytest.mark.skipif(available, reason="combatlearn is installed")
def test_without_the_extra_combat_says_what_to_install(plant_table):
    made = plant_table()
    with pytest.raises(UserError, match=r"\[combat\]"):
        combat_spaces(made.values, made.random, np.full(160, "x"))
