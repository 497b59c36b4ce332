"""Sites held out: what one site's table tells of another's people."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.experiments.answers import answer
from brainaging.pipeline.experiments.feature_sets import FoldedData
from brainaging.pipeline.experiments.table import sites as module
from brainaging.pipeline.experiments.table.sites import (
    combat_questions,
    each_site,
    leave_one_site_out,
    site_questions,
)
from brainaging.pipeline.results import NotComputed, Scoring
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.learners import combat_spaces
from brainaging.pipeline.stats.learners.harmonise import available
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.scores import auc, point
from brainaging.pipeline.stats.table_spaces import table_spaces

SCORING = Scoring("toy", "table", 0, np.arange(120), 50)


@pytest.fixture(scope="module")
def table(confounded) -> tuple[FoldedData, np.ndarray]:
    """Return 120 unrelated people's measures, and their sites."""
    made, values, sites, sex = confounded(120)
    return FoldedData(values, replace(made.subjects, sex=sex, groups=np.arange(120)), ()), sites


def known(data, **subjects):
    """Return the same measures of people of whom something else is known."""
    return replace(data, subjects=replace(data.subjects, **subjects))


def site_findings(data, sites, scoring=SCORING):
    questions = list(site_questions(data, sites))
    predictions, findings = answer(questions, scoring, 0)
    return findings + each_site(questions, predictions, data, sites, scoring)


def test_each_large_site_is_held_out_once_and_an_unknown_one_never():
    sites = np.array(["a"] * 20 + ["b"] * 15 + ["c"] * 3 + [""] * 4)
    folds = leave_one_site_out(sites)
    assert [set(sites[test]) for _, test in folds] == [{"a"}, {"b"}]
    for train, test in folds:
        assert len(train) + len(test) == len(sites)
        assert not set(train) & set(test)
    assert leave_one_site_out(np.full(30, "a")) == []
    assert leave_one_site_out(np.array(["a", "b"] * 2)) == []


def test_whole_sites_held_out_expose_what_random_folds_take_for_sex(confounded):
    made, values, sites, sex = confounded()
    loose = classify(table_spaces(values, made.random), sex, np.arange(len(sex)), 0)
    honest = classify(table_spaces(values, leave_one_site_out(sites)), sex, np.arange(len(sex)), 0)
    assert point(auc, loose) > 0.75
    assert point(auc, honest) < 0.6


def test_sites_get_scores_of_their_own_beside_all_together(table):
    data, sites = table
    findings = site_findings(data, sites)
    assert {row.split for row in findings} == {"leave_one_site_out"}
    assert {row.experiment for row in findings} == {"sex", "age_years"}
    assert {row.site for row in findings} == {"", "x", "y", "z"}
    (alone,) = [row for row in findings if (row.site, row.metric) == ("x", "auc")]
    assert alone.n_test == 40
    assert alone.baseline == "head_size"
    assert 0 < alone.baseline_value < 1
    (whole,) = [row for row in findings if (row.site, row.metric) == ("", "r2_about_training_mean")]
    assert whole.n_test == 120
    unknown = site_findings(known(data, head_size=np.full(120, np.nan)), sites)
    assert {row.baseline for row in unknown if row.target == "sex"} == {"majority"}


def test_where_no_site_can_be_held_out_a_finding_says_why(table):
    data, _ = table
    alone = site_findings(data, np.full(120, "x"))
    assert [row.target for row in alone] == ["sex", "age_years"]
    assert all(isinstance(row, NotComputed) and row.reason == "one site only" for row in alone)
    small = site_findings(data, np.array([f"s{person // 6}" for person in range(120)]))
    assert {row.reason for row in small} == {"no site has 10 people or more"}
    assert site_findings(data, np.full(120, "")) == []


def test_a_site_without_a_score_says_why_and_years_stand_beside_both_means(table):
    data, sites = table
    sites, sex = sites.astype("<U8"), data.subjects.sex.copy()
    sites[:6:3], sites[1:31:3] = "pair", "women"
    sex[sites == "women"] = "F"
    findings = site_findings(known(data, sex=sex, head_size=np.full(120, np.nan)), sites)
    reasons = {row.site: row.reason for row in findings if isinstance(row, NotComputed) and row.target == "sex"}
    assert reasons == {"pair": "2 people, fewer than 10", "women": "F only"}
    years = {row.metric: row for row in findings if row.site == "women" and row.target == "age_years"}
    assert {"mae", "r", "r2", "r2_about_training_mean"} <= set(years)
    # the others' mean age is no better than the site's own: R² about it is never the lower
    assert years["r2_about_training_mean"].value >= years["r2"].value
    assert years["r2_about_training_mean"].baseline_value == pytest.approx(0)


@pytest.mark.parametrize("count", [1, 12, 120])
def test_sites_of_one_sex_of_two_people_and_alone_are_no_crash(table, count):
    data, _ = table
    sites = np.array([f"s{person * count // 120}" for person in range(120)])
    for sex in (data.subjects.sex, np.full(120, "F"), np.where(np.arange(120) < 10, data.subjects.sex, "")):
        assert site_findings(known(data, sex=sex), sites, replace(SCORING, replicates=20))


def test_what_is_predicted_is_never_protected_and_random_folds_keep_nobody_together(table, monkeypatch):
    data, sites = table
    protected = []

    def plain_spaces(values, folds, sites, protect):
        protected.append(protect)
        return table_spaces(values, folds)

    monkeypatch.setattr(module, "combat_spaces", plain_spaces)
    families = known(replace(data, folds=[], random_folds=[]), groups=np.arange(120) // 2)
    questions = list(combat_questions(families, sites))
    assert [(question.probe.target, question.probe.split) for question in questions if question.is_scored] == [
        ("sex", "grouped"),
        ("age_years", "grouped"),
        ("sex", "random"),
        ("age_years", "random"),
    ]
    years, coded = data.subjects.years, (data.subjects.sex == "M").astype(float)
    for covariate, expected in zip(protected, (years, coded, years, coded), strict=True):
        np.testing.assert_array_equal(covariate, expected)
    sizes = {question.probe.split: len(np.unique(question.groups)) for question in questions}
    assert sizes == {"grouped": 60, "random": 120}


@pytest.mark.skipif(not available, reason="combatlearn (extra combat) is not installed")
def test_harmonised_scores_stand_beside_the_plain_ones_and_one_site_is_a_mistake(table):
    data, sites = table
    rows = np.arange(120)
    random = [(rows[rows % 4 != part], rows[rows % 4 == part]) for part in range(4)]
    folded = replace(data, folds=leave_one_site_out(sites), random_folds=random)
    _, findings = answer(list(combat_questions(folded, sites)), SCORING, 0)
    assert {row.adjustment for row in findings} == {"combat"}
    scored = {(row.target, row.split) for row in findings if row.kind == "score"}
    assert scored == {("sex", "random"), ("age_years", "random")}
    # whole sites held out cannot be harmonised, and a finding says that nobody was tested
    assert {row.target for row in findings if isinstance(row, NotComputed)} == {"sex", "age_years"}
    with pytest.raises(UserError, match="two sites of at least 3 people, the cohort has 1 sites"):
        combat_spaces(data.values, random, np.full(120, "x"))
