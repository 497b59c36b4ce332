"""Age models, sites held out, and ComBat inside folds."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.table.sites import combat_results, leave_one_site_out, site_results
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.learners import combat_spaces, regress_table
from brainaging.pipeline.stats.learners.harmonise import available
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.scores import auc, error_age_correlation, mae, point, r_squared
from brainaging.pipeline.stats.table_spaces import table_spaces

pytestmark = pytest.mark.usefixtures("small_forests")


def test_every_age_model_beats_the_mean_and_correction_takes_the_bias(plant_table):
    made = plant_table(n=240, age=5.0)
    found = regress_table(table_spaces(made.values, made.grouped), made.subjects.years, made.groups, 0)
    assert set(found) == {"ridge", "gradient_boosting", "kernel_ridge"}
    spread = np.abs(made.subjects.years - made.subjects.years.mean()).mean()
    for name, pred in found.items():
        assert point(mae, pred.raw) < 0.8 * spread, name
        assert point(r_squared, pred.raw) > 0.3, name
        before, after = (point(error_age_correlation, one) for one in (pred.raw, pred.corrected))
        assert before < -0.3
        assert abs(after) < abs(before) / 2, name


def test_the_order_of_people_makes_no_difference(plant_table):
    made = plant_table(n=120, age=3.0)
    order = np.random.default_rng(2).permutation(120)
    place = np.argsort(order)
    folds = [(np.sort(place[train]), np.sort(place[test])) for train, test in made.grouped]
    one = regress(table_spaces(made.values, made.grouped), made.subjects.years, made.groups, 0).raw
    other = regress(table_spaces(made.values[order], folds), made.subjects.years[order], made.groups[order], 0).raw
    assert point(r_squared, one) == pytest.approx(point(r_squared, other), abs=0.05)


def test_each_large_site_is_held_out_once_and_an_unknown_one_never():
    sites = np.array(["a"] * 20 + ["b"] * 15 + ["c"] * 3 + [""] * 4)
    folds = leave_one_site_out(sites)
    assert [set(sites[test]) for _, test in folds] == [{"a"}, {"b"}]
    for train, test in folds:
        assert len(train) + len(test) == len(sites)
        assert not set(train) & set(test)
    assert leave_one_site_out(np.full(30, "a")) == []
    assert leave_one_site_out(np.array(["a", "b"] * 2)) == []


def confounded(plant_table, n=240):
    """Return a table without any sex effect, whose sites differ in scanner and in how many men they have."""
    made = plant_table(n=n)
    rng = np.random.default_rng(0)
    sites = np.array(["x", "y", "z"])[np.arange(n) % 3]
    male = rng.random(n) < np.select([sites == "x", sites == "y"], [0.9, 0.5], 0.1)
    values = made.values + 0.3 * np.select([sites == "x", sites == "y"], [1.0, 0.0], -1.0)[:, None]
    return made, values, sites, np.where(male, "M", "F")


def test_whole_sites_held_out_expose_what_random_folds_take_for_sex(plant_table):
    made, values, sites, sex = confounded(plant_table)
    loose = classify(table_spaces(values, made.random), sex, np.arange(len(sex)), 0)
    honest = classify(table_spaces(values, leave_one_site_out(sites)), sex, np.arange(len(sex)), 0)
    assert point(auc, loose) > 0.75
    assert point(auc, honest) < 0.6


def test_sites_get_rows_of_their_own_beside_all_together(plant_table):
    made, values, sites, sex = confounded(plant_table, 120)
    sheet = Sheet("toy", "table", 0, np.arange(120), 50)
    size = made.subjects.head_size
    site_results(sheet, values, sites, sex, made.subjects.years, np.arange(120), 0, size)
    assert {row.split for row in sheet.rows} == {"leave_one_site_out"}
    assert {row.experiment for row in sheet.rows} >= {"sex", "age_years", "site x", "site y", "site z"}
    alone = [row for row in sheet.rows if row.experiment == "site x" and row.metric == "auc"]
    assert len(alone) == 1
    assert alone[0].n_test == 40
    assert alone[0].baseline == "head_size"
    assert 0 < alone[0].baseline_value < 1
    unknown = Sheet("toy", "table", 0, np.arange(120), 50)
    site_results(unknown, values, sites, sex, made.subjects.years, np.arange(120), 0, np.full(120, np.nan))
    assert {row.baseline for row in unknown.rows if row.target == "sex"} == {"majority"}
    nothing = Sheet("toy", "table", 0, np.arange(120), 50)
    site_results(nothing, values, np.full(120, "x"), sex, made.subjects.years, np.arange(120), 0, size)
    assert [row.target for row in nothing.rows] == ["sex", "age_years"]
    assert all(row.model == "not computed: one site only" for row in nothing.rows)
    unnamed = Sheet("toy", "table", 0, np.arange(120), 50)
    site_results(unnamed, values, np.full(120, ""), sex, made.subjects.years, np.arange(120), 0, size)
    assert unnamed.rows == []


def test_a_site_without_a_score_says_why_and_years_stand_beside_both_means(plant_table):
    made, values, sites, sex = confounded(plant_table, 120)
    sites, sex = sites.astype("<U8"), sex.copy()
    sites[:6:3], sites[1:31:3] = "pair", "women"
    sex[sites == "women"] = "F"
    sheet = Sheet("toy", "table", 0, np.arange(120), 50)
    site_results(sheet, values, sites, sex, made.subjects.years, np.arange(120), 0, np.full(120, np.nan))
    reasons = {
        row.experiment: row.model for row in sheet.rows if not np.isfinite(row.value) and row.target == "sex"
    }
    assert reasons["site pair"] == "not computed: site pair: 2 people, fewer than 10"
    assert reasons["site women"] == "not computed: site women: F only"
    years = {row.metric: row for row in sheet.rows if row.experiment == "site women" and row.target == "age_years"}
    assert {"mae", "r", "r2", "r2_about_training_mean"} <= set(years)
    # the others' mean age is no better than the site's own: R² about it is never the lower
    assert years["r2_about_training_mean"].value >= years["r2"].value
    assert years["r2_about_training_mean"].baseline_value == pytest.approx(0)


@pytest.mark.parametrize("count", [1, 12, 120])
def test_sites_of_one_sex_of_two_people_and_alone_are_no_crash(plant_table, count):
    made, values, _, sex = confounded(plant_table, 120)
    sites = np.array([f"s{person * count // 120}" for person in range(120)])
    for kind in (sex, np.full(120, "F"), np.where(np.arange(120) < 10, sex, "")):
        sheet = Sheet("toy", "table", 0, np.arange(120), 20)
        site_results(sheet, values, sites, kind, made.subjects.years, np.arange(120), 0, made.subjects.head_size)
        assert sheet.rows


@pytest.mark.skipif(not available, reason="combatlearn (extra combat) is not installed")
def test_combat_takes_a_planted_site_offset_and_keeps_planted_ageing(plant_table):
    made, values, sites, sex = confounded(plant_table)
    aged = values + 0.1 * ((made.subjects.years - 40) / 10)[:, None]
    before = table_spaces(aged, made.random)
    after = combat_spaces(aged, made.random, sites)
    loose = [classify(spaces, sites, np.arange(len(sex)), 0) for spaces in (before, after)]
    assert point(auc, loose[0]) > 0.95
    assert point(auc, loose[1]) < 0.65
    years = [regress(spaces, made.subjects.years, np.arange(len(sex)), 0).raw for spaces in (before, after)]
    assert point(r_squared, years[1]) > point(r_squared, years[0])


@pytest.mark.skipif(not available, reason="combatlearn (extra combat) is not installed")
def test_combat_is_fitted_on_training_people_alone_and_leaves_unknown_sites_out(plant_table):
    made, values, sites, _ = confounded(plant_table)
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
def test_harmonised_rows_stand_beside_the_plain_ones_and_one_site_is_a_mistake(plant_table):
    made, values, sites, sex = confounded(plant_table, 120)
    sheet = Sheet("toy", "table", 0, np.arange(120), 50)
    alone = np.arange(120)
    for split, folds in (("random", made.random), ("grouped", leave_one_site_out(sites))):
        combat_results(sheet, values, folds, sites, sex, made.subjects.years, alone, 0, split)
    rows = {(row.target, row.split) for row in sheet.rows if np.isfinite(row.value)}
    assert rows == {("sex", "random"), ("age_years", "random")}
    # whole sites held out cannot be harmonised, and the rows say that nobody was tested
    assert any("not computed" in row.model for row in sheet.rows if row.split == "grouped")
    with pytest.raises(UserError, match="two sites of at least 3 people, the cohort has 1 sites"):
        combat_spaces(values, made.random, np.full(120, "x"))


@pytest.mark.skipif(not available, reason="combatlearn (extra combat) is not installed")
def test_a_fold_without_two_sites_to_align_is_empty_and_no_crash(plant_table):
    made, values, _, sex = confounded(plant_table, 40)
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
