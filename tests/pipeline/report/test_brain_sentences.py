"""What a run shows of brains, from its findings."""

from dataclasses import replace

import pytest

from brainaging.pipeline.report.brain_sentences import (
    SHARED_MODEL,
    adversarial_sentence,
    distance_sentences,
    edit_sentences,
    reconstruction_sentences,
    taught_sentences,
)
from brainaging.pipeline.results import Distance, EditScore, GeneratorMeasure

ABOUT = {"cohort": "c", "n_train": 400, "n_test": 100}


def score(metric="correlation", value=0.9, **fields):
    ends = {"value": value, "ci_low": value - 0.02, "ci_high": value + 0.02}
    return EditScore(
        experiment="edits", **ABOUT, **{"edit": "age+10", "model": "deformation"} | fields, metric=metric, **ends
    )


def distance(model, value, half=1.0, metric="frechet"):
    ends = {"value": value, "ci_low": value - half, "ci_high": value + half}
    return Distance(experiment="fidelity", **ABOUT, model=model, features="pca", metric=metric, **ends)


def test_an_edit_stands_beside_the_mean_true_change_and_says_what_the_truth_shares_with_it():
    beside = {"baseline": "mean_true_map", "baseline_value": 0.7}
    first, second = edit_sentences([score(**beside), score(edit="sex", **beside), score(model="voxel_regression")])
    assert first.text == (
        "Age, 10 years on: the change of a held-out brain correlates 0.900 with its true change (95 % interval "
        f"0.880 to 0.920), above mean true change (0.700). {SHARED_MODEL}."
    )
    assert first.verdict == "better"
    assert SHARED_MODEL not in second.text


def test_a_score_of_one_group_is_no_first_line():
    assert edit_sentences([score(people="F")]) == []


def test_agreement_of_a_reader_is_no_better_for_exceeding_the_truths():
    truth = {"edit": "sex", "baseline": "true_counterfactuals", "baseline_value": 0.8}
    (sentence,) = edit_sentences([score("reader_agreement", **truth)])
    assert sentence.text == (
        "Sex: a reader takes 0.900 of edited brains for the sex asked for (95 % interval 0.880 to 0.920); of true "
        "counterfactuals 0.800."
    )
    assert sentence.verdict == ""
    (alone,) = edit_sentences([score("reader_agreement", edit="sex")])
    assert alone.text.endswith("(95 % interval 0.880 to 0.920).")


def test_a_reconstruction_is_compared_with_its_like_first(findings_of):
    (sentence,) = reconstruction_sentences(findings_of["scans"])
    assert "below PCA with left-right flips, 200 components (0.000901)" in sentence.text
    like, plain = sentence.text.index("0.947 times"), sentence.text.index("0.861 times")
    assert like < plain
    assert sentence.verdict == "better"


@pytest.mark.parametrize(
    ("before", "half", "words"),
    [
        (41.6, 1.0, "the intervals overlap"),
        (50.0, 1.0, "nearer to fresh scans with it"),
        (30.0, 1.0, "further from fresh scans with it"),
        (50.0, float("nan"), "cannot be told"),
    ],
)
def test_what_adversarial_training_adds_follows_the_intervals(before, half, words):
    text = adversarial_sentence([distance("gan", 41.5, half), distance("gan_before_adversarial", before, half)])
    assert text.startswith("With adversarial training: Fréchet distance 41.5")
    assert words in text


def test_nothing_is_said_of_adversarial_training_where_it_was_not_measured():
    assert adversarial_sentence([distance("gan", 41.5)]) == ""
    both = [
        distance(model, 0.1, metric=metric)
        for metric in ("frechet", "mmd")
        for model in ("gan", "gan_before_adversarial")
    ]
    assert adversarial_sentence(both).count("the intervals overlap") == 2


def test_a_gan_s_distance_stands_beside_the_floor_without_a_verdict():
    (sentence,) = distance_sentences(
        [
            replace(distance("gan", 41.5), baseline_value=39.0),
            replace(distance("pca_sampler", 40.0), baseline_value=39.0),
        ]
    )
    assert sentence.verdict == ""
    assert sentence.topic == "generation"
    assert sentence.brief.startswith("Brains of the GAN: Fréchet distance from fresh people 41.5")
    assert "two samples of people have" in sentence.brief


@pytest.mark.parametrize(("low", "verdict"), [(0.1, "better"), (-0.2, "unclear")])
def test_what_generated_brains_teach_is_said_beside_what_people_teach(low, verdict):
    gain = GeneratorMeasure(
        experiment="generators",
        **ABOUT,
        model="conditional_flow",
        features="voxels",
        metric="taught_sex_over_majority",
        value=0.3,
        ci_low=low,
        ci_high=0.5,
        baseline="training_scans",
        baseline_value=0.35,
    )
    (sentence,) = taught_sentences([gain])
    assert sentence.verdict == verdict
    assert sentence.text.startswith(
        "A sex classifier trained on brains of the conditional flow alone gains 0.300 ("
    )
    assert sentence.text.endswith("of accuracy over the majority class, trained on people 0.350.")
