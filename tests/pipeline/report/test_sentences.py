"""Sentences follow the numbers, whatever they are."""

import math

import pytest

from brainaging.pipeline.report.sentences import prediction_sentences
from brainaging.pipeline.results import Difference

LATENTS = {"features": "latents", "encoder": "autoencoder", "codes": 100}
MINUS = {"contrast": "features", "reference": "voxels", **LATENTS}


@pytest.fixture
def score(prober):
    """Return what makes a score beside a baseline of 0.8."""

    def make(**fields):
        return prober(**{"baseline": "head_size", "baseline_value": 0.8} | fields)

    return make


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        ({}, "better", ", above head size alone (0.800)."),
        ({"baseline_value": 0.89}, "unclear", ": not above head size alone (0.890), which the interval includes."),
        ({"baseline_value": 0.95}, "worse", ", below head size alone (0.950)."),
        ({"half": 0}, "", "(no interval given); its baseline is head size alone (0.800)."),
        ({"baseline": "", "baseline_value": math.nan}, "", "(95 % interval 0.880 to 0.920)."),
        ({"original_value": 0.93}, "better", "The original work reported 0.930."),
    ],
)
def test_a_score_is_set_beside_its_baseline(score, change, verdict, words):
    (sentence,) = prediction_sentences([score(**change)])
    assert sentence.verdict == verdict
    assert sentence.text.startswith("Sex from voxels: accuracy 0.900")
    assert words in sentence.text


def test_what_the_original_reported_is_no_replication_in_a_simulated_cohort(score):
    (sentence,) = prediction_sentences([score(original_value=0.93)], simulated=True)
    assert "reported 0.930, which the simulated effects were set to meet." in sentence.text
    (plain,) = prediction_sentences([score()], simulated=True)
    assert "simulated" not in plain.text


def test_a_random_split_that_stands_alone_is_called_so(score):
    (sentence,) = prediction_sentences([score(split="random")])
    assert sentence.text.startswith("Sex from voxels, split at random: accuracy 0.900")


def test_lower_is_better_for_errors(prober):
    error = prober(value=2.9, half=0.1, target="age_years", metric="mae", baseline="mean", baseline_value=3.1)
    (sentence,) = prediction_sentences([error])
    assert sentence.verdict == "better"
    assert "2.90 years" in sentence.text
    assert ", below mean of the training subjects (3.10)" in sentence.text


@pytest.mark.parametrize(("half", "words"), [(0.03, "includes zero"), (0.01, "excludes zero")])
def test_a_difference_stands_with_its_interval(score, prober, half, words):
    _, sentence = prediction_sentences(
        [score(), prober(Difference, -0.02, half, metric="balanced_accuracy", **MINUS)]
    )
    assert (
        "latents (autoencoder, 100 codes) minus voxels: balanced accuracy −0.020 (95 % interval" in sentence.text
    )
    assert words in sentence.text


def test_a_rotation_is_said_to_be_one(score, prober):
    rotated = prober(Difference, 0.0, 0.0, **MINUS | {"codes": 1000})
    _, sentence = prediction_sentences([score(), rotated])
    assert "a rotation, not a finding" in sentence.text
    assert sentence.text.startswith("Latents (autoencoder, 1000 codes) minus voxels: a rotation")
    assert sentence.text.endswith("(Sex: accuracy 0.000).") and "zero" not in sentence.text


def test_a_leak_stands_with_both_scores(score, prober):
    leak = prober(Difference, 0.05, 0.01, contrast="split", reference="grouped", split="random")
    (sentence,) = [
        one for one in prediction_sentences([score(split="random", value=0.95), score(), leak]) if not one.main
    ]
    assert "accuracy 0.950 instead of 0.900, a leak of +0.050" in sentence.text
    assert "excludes zero" in sentence.text


def test_head_size_taken_out_is_one_sentence_a_way(score):
    ways = [score(adjustment="head_size_matched"), score(adjustment="head_size_matched", **LATENTS)]
    plain, matched = prediction_sentences([score(), *ways])
    assert plain.main and not matched.main
    assert matched.text.startswith(
        "Among women and men matched for head size, sex: accuracy 0.900 from voxels (95 %"
    )
    assert "from latents (autoencoder, 100 codes)" in matched.text
    assert matched.verdict == "better"


def test_both_modalities_are_told_apart(findings_of):
    texts = [one.text for one in prediction_sentences([*findings_of["scans"], *findings_of["table"]])]
    assert any(text.startswith("Sex from T1w voxels: ") for text in texts)
    assert any(text.startswith("Sex from the table's latents (") for text in texts)
    assert any("minus the table" in text for text in texts)
    assert len(texts) == len(set(texts))


def test_unseen_sites_stand_beside_the_headline(findings_of):
    first = next(one for one in prediction_sentences(findings_of["table"]) if "has not seen" in one.text)
    assert first.text.startswith("Age in years from the table, at sites that the model has not seen:")
    assert "3.40 (95 % interval 3.25 to 3.55) instead of 2.90, above mean" in first.text
    assert first.verdict == "worse"
