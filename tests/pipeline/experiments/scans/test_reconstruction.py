"""Reconstructions: like stands beside like, ratios are paired, shared baselines stand once."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.scans.reconstruction import reconstruction_findings
from brainaging.pipeline.measures.reconstruction_scores import ReconstructionScores
from brainaging.pipeline.results import Scoring

SCORING = Scoring("toy", "T1w", 0, np.arange(6) // 2, 50)


def scores(encoder, own, components):
    """Return scores of six subjects in three families; a method's error is its own number at every subject."""
    methods = {encoder: own, "pca": 4.0, "pca_flip": 2.0, "pca_max": 3.0, "pca_flip_max": 1.0, "mean_brain": 8.0}
    methods = {name: value for name, value in methods.items() if name == encoder or name in components}
    mse = {name: np.full(6, value) for name, value in methods.items()}
    ssim = {name: 1 - values / 10 for name, values in mse.items()}
    return ReconstructionScores(np.arange(6), 20, mse, ssim, components)


MANY = {"pca": 5, "pca_flip": 5, "pca_max": 19, "pca_flip_max": 39, "mean_brain": 0}


def test_the_network_stands_beside_components_that_had_flips_too_and_those_beside_the_mean():
    findings = reconstruction_findings("autoencoder-5", 5, scores("autoencoder-5", 1.5, MANY), SCORING)
    mse = {(row.model, row.codes): row for row in findings if row.kind == "reconstruction" and row.metric == "mse"}
    own = mse["autoencoder", 5]
    assert (own.value, own.baseline, own.baseline_codes, own.baseline_value) == (1.5, "pca_flip", 5, 2.0)
    assert own.verdict == "better"
    assert {row.baseline for key, row in mse.items() if key not in (("autoencoder", 5), ("mean_brain", 0))} == {
        "mean_brain"
    }
    assert mse["mean_brain", 0].baseline == ""
    assert (own.n_train, own.n_test, own.experiment) == (20, 6, "reconstruction")


def test_ratios_are_of_the_same_subjects_to_every_method():
    findings = reconstruction_findings("autoencoder-5", 5, scores("autoencoder-5", 1.5, MANY), SCORING)
    ratios = {(row.baseline, row.baseline_codes): row for row in findings if row.kind == "error_ratio"}
    assert {key: row.value for key, row in ratios.items()} == {
        ("pca", 5): 0.375,
        ("pca_flip", 5): 0.75,
        ("pca", 19): 0.5,
        ("pca_flip", 39): 1.5,
        ("mean_brain", 0): 0.1875,
    }
    flipped = ratios["pca_flip", 5]
    assert flipped.ci_low == flipped.ci_high == pytest.approx(0.75)
    assert {row.baseline_value for row in ratios.values()} == {1.0}


def test_a_baseline_of_as_many_components_stands_once():
    first = reconstruction_findings("autoencoder-5", 5, scores("autoencoder-5", 1.5, MANY), SCORING)
    fewer = MANY | {"pca": 3, "pca_flip": 3}
    second = reconstruction_findings("autoencoder-3", 3, scores("autoencoder-3", 2.5, fewer), SCORING, first)
    added = {(row.model, row.codes) for row in second if row.kind == "reconstruction"}
    assert added == {("autoencoder", 3), ("pca", 3), ("pca_flip", 3)}
    assert len([row for row in second if row.kind == "error_ratio"]) == 5
