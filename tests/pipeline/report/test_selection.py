"""Which findings speak for a run."""

import math
from dataclasses import replace

import pytest

from brainaging.pipeline.report.selection import (
    alike,
    fields_of,
    headline,
    headline_metric,
    is_unseen_site,
    kind_of_target,
    merged_repeats,
    modalities,
    of_kind,
    one_model_each,
    preference,
    reasons,
)
from brainaging.pipeline.results import Difference, NotComputed, Score

LATENTS = {"features": "latents", "encoder": "autoencoder"}


def test_repeats_become_their_mean_with_the_widest_interval(prober):
    first, second = prober(value=0.9), prober(value=0.8, half=0.1, seed=1)
    ((merged, count),) = merged_repeats([first, second]).items()
    assert (merged.value, merged.ci_low, merged.ci_high, count) == (
        pytest.approx(0.85),
        pytest.approx(0.7),
        0.92,
        2,
    )


@pytest.mark.parametrize("field", [{"codes": 9}, {"adjustment": "pca2"}, {"site": "a"}, {"split": "random"}])
def test_what_differs_in_more_than_its_seed_is_no_repeat(prober, field):
    assert len(merged_repeats([prober(), prober(seed=1, **field)])) == 2


def test_what_has_no_value_states_nothing(prober):
    reason = NotComputed(experiment="sex", cohort="c", target="sex", reason="one sex only")
    assert merged_repeats([prober(value=math.nan), reason]) == {}


def test_a_random_split_is_never_the_headline_where_a_grouped_one_exists(prober):
    random = prober(value=0.95, split="random", original_value=0.93)
    assert [score.split for score in headline([random, prober()])] == ["grouped"]
    assert [score.split for score in headline([random])] == ["random"]


def test_the_metric_that_the_original_reported_stands_for_all(prober):
    scores = [
        prober(metric=name, features=features) for features in ("voxels", "table") for name in ("auc", "accuracy")
    ]
    scores[1] = replace(scores[1], original_value=0.9)
    assert {score.metric for score in headline(scores)} == {"accuracy"}


@pytest.mark.parametrize(
    "aside",
    [{"features": "none"}, {"adjustment": "pca2"}, {"adjustment": "bias_corrected"}, {"site": "Oulu"},
     {"features": "head_size", "adjustment": "head_size_matched"}, {"target": "sex_given_head_size"}],
)  # fmt: skip
def test_what_stands_aside_is_no_headline(prober, aside):
    assert headline([prober(**aside, experiment="sex")]) == []


def test_no_difference_is_a_headline(prober):
    assert headline([prober(Difference, 0.1, contrast="features", reference="voxels", **LATENTS)]) == []


def test_one_model_stands_for_each_features_the_originals_first(prober):
    forest, logistic = prober(model="random_forest"), prober()
    other = prober(model="knn", codes=7, **LATENTS)
    assert one_model_each([forest, logistic, other]) == [logistic, other]
    reported = replace(forest, original_value=0.5)
    assert one_model_each([reported, logistic]) == [reported]


def test_preferences_are_those_of_the_target(prober):
    assert headline_metric([prober(metric="auc"), prober(metric="balanced_accuracy")]) == "balanced_accuracy"
    assert headline_metric([prober(target="age_years", metric=name) for name in ("r2", "mae")]) == "mae"
    assert preference(prober(metric="quadratic_kappa")) == 99
    assert kind_of_target(prober(target="age_band")) == "age"


def test_fields_that_a_kind_has_not_are_empty(prober):
    reason = NotComputed(experiment="sex", cohort="c", reason="")
    assert fields_of(reason, ("experiment", "scale")) == ("sex", "")
    assert alike(reason, prober(), ("experiment", "modality")) and not alike(reason, prober(), ("target",))
    assert is_unseen_site(prober(split="leave_one_site_out")) and not is_unseen_site(reason)
    assert modalities([prober(), prober(modality="table"), prober()]) == ["T1w", "table"]


def test_findings_of_one_kind_are_merged_and_reasons_stand_once(prober):
    difference = prober(Difference, 0.1, contrast="model", reference="knn")
    (score,) = of_kind([prober(value=0.8), difference, prober(value=0.9, seed=1)], Score)
    assert score.value == pytest.approx(0.85)
    why = [NotComputed(experiment="edits", cohort="c", reason=reason) for reason in ("few", "no ages", "few")]
    assert reasons([*why, difference]) == ["few", "no ages"]
