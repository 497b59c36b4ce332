"""The tables on synthetic brains: a generator a column, real brains last."""

from dataclasses import replace

import pytest

from brainaging.pipeline.report.chapters.synthetic_tables import synthetic_facts, synthetic_tables
from brainaging.pipeline.results import Difference


@pytest.fixture
def findings(findings_of):
    return findings_of["synthetic"]


def test_values_stand_beside_what_real_brains_give(findings):
    cells = {table.rows[0][0]: table.rows[0][1:] for table in synthetic_tables(findings)}
    assert cells["sex, voxels, accuracy"] == [
        "0.951 (0.931 to 0.971); original 0.946",
        "0.930 (logistic regression)",
    ]
    assert cells["GAN, share labelled male"] == ["0.470 (0.440 to 0.500)", "0.460 (training scans)"]
    assert cells["latents of generated brains, R² of the latent"] == ["0.988", "0.964 (the original)"]
    assert cells["mean P(male), heads scaled by 0.914"] == ["0.0200", "–"]


def test_the_gan_stands_beside_what_it_was_before_adversarial_training(findings):
    (table,) = [table for table in synthetic_tables(findings) if table.caption.startswith("Fidelity")]
    assert table.head == [
        "measure",
        "GAN",
        "GAN before its adversarial epochs",
        "The original's recipe",
        "baseline",
    ]
    assert table.rows[0][:2] == [
        "principal components (100), Fréchet distance",
        "41.5 (39.5 to 43.5); 1.04 × the floor",
    ]
    assert table.rows[0][-1] == "40.0 (38.0 to 44.0; floor of real against real)"


def test_a_difference_of_models_says_from_which(findings, prober):
    minus = prober(Difference, 0.02, contrast="model", reference="logistic_regression", model="residual_network")
    table = synthetic_tables([*findings, replace(minus, experiment="classifiers")])[0]
    assert [row[0] for row in table.rows][1] == "sex, voxels, difference in accuracy from logistic regression"


def test_facts_say_from_whom_was_learned_and_what_adversarial_training_adds(findings):
    parts = {
        "readers_learned_from": {"scans": 240, "groups": 99},
        "generator_learned_from": {"scans": 480, "groups": 200},
    }
    facts = dict(synthetic_facts(findings, parts))
    assert facts["GAN"] == "passed the gate: its labels count"
    assert facts["The original's recipe"] == "stopped at the gate: 100.0 % are labelled male <b>"
    assert "120 scans that no network learned from, and 480" in facts["Compared with"]
    assert "fewer than 500 fresh scans are rough" in facts["Compared with"]
    name = "Classifiers of synthetic brains learned from"
    assert facts[name] == (
        "240 scans of 99 groups, who share no group with the 480 scans of 200 groups that generators learned "
        "from; tested on 120 others"
    )
    for broken in (None, {"readers_learned_from": 3, "generator_learned_from": {"scans": "many"}}):
        assert dict(synthetic_facts(findings, broken))[name] == "240 scans; tested on 120 others"
    assert "the intervals overlap" in facts["What adversarial training adds"]


def test_nothing_measured_is_no_table_and_no_fact():
    assert synthetic_tables([]) == [] and synthetic_facts([]) == []
