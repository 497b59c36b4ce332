"""Perfect inversion scores 1, the mean latent 0, and no method is flattered by the mean brain."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.synthetic.cohort_parts import Sample
from brainaging.pipeline.experiments.synthetic.inverse_encoder import ENCODER, PCA, Reconstructed
from brainaging.pipeline.experiments.synthetic.inversion_findings import (
    deviation_correlation,
    image_findings,
    latent_findings,
)
from brainaging.pipeline.results import Scoring

SHAPE = (12, 12, 12)
MASK = np.ones(SHAPE, bool)
SCORING = Scoring("toy", "T1w", 0, np.arange(40), replicates=50)


@pytest.fixture
def scans() -> np.ndarray:
    random = np.random.default_rng(0)
    return (1 + random.normal(size=SHAPE) + 0.1 * random.normal(size=(30, *SHAPE))).astype(np.float32)


def test_the_mean_brain_has_no_correlation_and_a_scan_all_of_it(scans: np.ndarray) -> None:
    mean = scans.mean(axis=0)
    plain = [np.corrcoef(scan.ravel(), mean.ravel())[0, 1] for scan in scans]
    assert min(plain) > 0.9
    everywhere = np.broadcast_to(mean, scans.shape)
    np.testing.assert_allclose(deviation_correlation(scans, everywhere, mean, MASK), 0, atol=1e-6)
    # brightness and contrast are no matter
    np.testing.assert_allclose(
        deviation_correlation(scans, 0.5 * (scans - mean) + mean + 1, mean, MASK), 1, atol=1e-5
    )


def test_latents_found_exactly_have_r2_of_one_and_the_worst_number_is_named() -> None:
    random = np.random.default_rng(1)
    spread = random.random((400, 5)) + 0.5
    errors = np.zeros_like(spread)
    errors[:, 3] = 0.25 * spread[:, 3]
    mean, least = latent_findings((errors, spread), 5, (20, 10), SCORING)
    assert (mean.metric, least.metric) == ("latent_r2", "least_latent_r2")
    assert mean.value == pytest.approx(0.95)
    assert least.value == pytest.approx(0.75)
    assert least.ci_low <= least.value <= least.ci_high
    assert (mean.codes, mean.n_train, mean.n_test, mean.baseline) == (5, 20, 10, "original")


def test_every_method_stands_beside_pca_and_pca_beside_the_mean_brain(scans: np.ndarray) -> None:
    learned, held_out = (
        Sample(part, np.zeros(len(part)), np.arange(len(part))) for part in (scans[:20], scans[20:])
    )
    methods = {
        ENCODER: Reconstructed(scans[20:].copy(), 7),
        PCA: Reconstructed(0.5 * (scans[20:] + scans[:20].mean(axis=0)), 5),
    }
    findings = {(f.model, f.metric): f for f in image_findings(methods, learned, held_out, MASK, SCORING)}
    assert findings[ENCODER, "mse"].value == 0
    assert findings[ENCODER, "ssim"].value == pytest.approx(1)
    assert findings[ENCODER, "mse"].baseline_value == findings[PCA, "mse"].value
    assert (findings[ENCODER, "mse"].codes, findings[ENCODER, "mse"].baseline_codes) == (7, 5)
    assert (findings[PCA, "mse"].baseline, findings[PCA, "mse"].baseline_codes) == ("mean_brain", 0)
    assert findings[PCA, "deviation_r"].baseline_value == pytest.approx(0, abs=1e-6)
