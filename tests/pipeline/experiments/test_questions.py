"""Questions are data: each probe once, baselines and references are questions themselves."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.experiments.feature_sets import FeatureSet
from brainaging.pipeline.experiments.questions import Plan, all_questions
from brainaging.pipeline.stats import Subjects
from brainaging.pipeline.stats.learners.ordinal import quadratic_kappa
from brainaging.pipeline.stats.sample_space import fold_spaces


@pytest.fixture
def plan(plant):
    made = plant(n=20, p=4)
    brackets = np.array(["20-26", "27-33", "34-40"])[np.digitize(made.years, [27, 34])]
    subjects = Subjects(made.sex, brackets, made.groups, made.head_size, made.years)
    grouped = fold_spaces(made.features, made.grouped)
    random = fold_spaces(made.features, made.random, numbers=range(5, 10))
    sets = [
        FeatureSet("voxels", "voxels", grouped, random=random, components=grouped, adjusted={"combat": grouped}),
        FeatureSet("latents", "latents", grouped, "autoencoder", 4, random[:1], grouped),
    ]
    return Plan(subjects, sets)


def test_no_question_stands_twice_and_all_that_is_compared_is_asked(plan):
    questions = all_questions(plan)
    probes = [question.probe for question in questions]
    assert len(set(probes)) == len(probes)
    for question in questions:
        assert set(question.baselines) <= set(probes)
        assert {contrast.probe for contrast in question.contrasts} <= set(probes)
        assert len(question.labels) == 20


def test_a_random_split_tells_its_models_of_no_families_and_is_compared_with_the_grouped_one(plan):
    leaks = [
        question for question in all_questions(plan) if any(c.contrast == "split" for c in question.contrasts)
    ]
    assert {(q.probe.target, q.probe.features) for q in leaks} == {
        (target, features) for target in ("sex", "age_bracket", "age_years") for features in ("voxels", "latents")
    }
    for question in leaks:
        assert question.probe.split == "random"
        assert len(np.unique(question.groups)) == 20
        assert all(baseline.split == "random" for baseline in question.baselines)
        (contrast,) = question.contrasts
        assert contrast.probe == replace(question.probe, split="grouped")


def test_sex_stands_beside_head_size_and_without_it_beside_the_majority(plan):
    questions = {q.probe: q for q in all_questions(plan) if q.probe.target == "sex" and q.probe.split == "grouped"}
    raw = questions[plan.sets[0].probe("sex", "logistic_regression")]
    assert [baseline.features for baseline in raw.baselines] == ["head_size", "none"]
    matched = questions[plan.sets[1].probe("sex", "logistic_regression", "head_size_matched")]
    assert [(b.features, b.adjustment) for b in matched.baselines] == [("head_size", "head_size_matched")]
    assert questions[plan.sets[0].probe("sex", "logistic_regression", "combat")].baselines[0].model == "majority"


def test_further_models_and_metrics_are_asked_where_a_plan_has_them(plan):
    more = replace(
        plan,
        sex_models=("knn",),
        age_group_models=("knn",),
        ordered_models=("ordinal_logistic",),
        year_models=("ridge", "kernel_ridge"),
        order_metrics={"quadratic_kappa": quadratic_kappa},
    )
    few, many = all_questions(plan), all_questions(more)
    added = {(q.probe.target, q.probe.features, q.probe.model) for q in many} - {
        (q.probe.target, q.probe.features, q.probe.model) for q in few
    }
    assert added == {
        ("sex", "voxels", "knn"),
        ("age_bracket", "voxels", "knn"),
        ("age_bracket", "latents", "knn"),
        ("age_bracket", "voxels", "ordinal_logistic"),
        ("age_years", "voxels", "kernel_ridge"),
        ("age_years", "latents", "kernel_ridge"),
    }
    ordered = {q.probe.model for q in many if q.metrics and "quadratic_kappa" in q.metrics}
    assert ordered == {"ordinal_logistic", "logistic_regression"}


def test_without_ages_or_random_folds_there_are_fewer_questions(plan):
    alone = [replace(features, random=()) for features in plan.sets]
    unknown = replace(plan.subjects, age_years=None)
    questions = all_questions(replace(plan, subjects=unknown, sets=alone))
    assert {question.probe.target for question in questions} == {"sex", "age_bracket"}
    assert {question.probe.split for question in questions} == {"grouped"}
