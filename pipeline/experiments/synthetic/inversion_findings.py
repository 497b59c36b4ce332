"""How well the encoder inverts the generator: latents of generated brains, likeness of held-out scans."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainaging.pipeline.experiments.synthetic.cohort_parts import Sample
from brainaging.pipeline.experiments.synthetic.inverse_encoder import ENCODER, PCA, Reconstructed
from brainaging.pipeline.measures.image_similarity import intensity_range, masked_mse, masked_ssim
from brainaging.pipeline.measures.reconstruction_scores import MEAN_BRAIN
from brainaging.pipeline.results import Finding, Inversion, Scoring, measured
from brainaging.pipeline.stats.bootstrap import group_weights, mean_ratio, percentile

#: of the original study's encoder: mean squared error 0.003 for z ~ U(0, 1), whose variance is 1/12
ORIGINAL_R2 = 1 - 0.003 * 12
#: generated brains whose latents are sought: the interval of R² is then a few thousandths wide
SOUGHT = 400


def deviation_correlation(
    volumes: np.ndarray, reconstructed: np.ndarray, mean: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    """Return each scan's correlation (m,) with its reconstruction, the mean brain taken from both.

    Plain correlation is flattered by the mean brain, which any reconstruction has.

    Args:
        volumes: (m, X, Y, Z) scans.
        reconstructed: (m, X, Y, Z) their reconstructions.
        mean: (X, Y, Z) mean of training scans.
        mask: (X, Y, Z) bool.
    """
    scans, others = (np.asarray(v)[:, mask].astype(float) - mean[mask] for v in (volumes, reconstructed))
    scans -= scans.mean(axis=1, keepdims=True)
    others -= others.mean(axis=1, keepdims=True)
    scale = np.linalg.norm(scans, axis=1) * np.linalg.norm(others, axis=1)
    correlation: np.ndarray = (scans * others).sum(axis=1) / np.maximum(scale, 1e-12)
    return correlation


def latent_findings(
    errors: tuple[np.ndarray, np.ndarray], codes: int, people: tuple[int, int], scoring: Scoring
) -> list[Finding]:
    """Return R² of z: the mean over its numbers, and the least of any number.

    Args:
        errors: squared errors and squared distances from the mean, (k, L) each.
        codes: L.
        people: that the encoder learned from, and that are held out.
        scoring: of the cohort.
    """
    seed, count = scoring.seed, len(errors[0])
    weights = np.concatenate([np.ones((1, count)), group_weights(np.arange(count), seed, scoring.replicates)])
    r2 = 1 - (weights @ errors[0]) / (weights @ errors[1])
    findings: list[Finding] = []
    for metric, values, baseline, baseline_value in (
        ("latent_r2", r2.mean(axis=1), "original", ORIGINAL_R2),
        ("least_latent_r2", r2.min(axis=1), "mean_latent", 0.0),
    ):
        estimate = (float(values[0]), *percentile(values[1:]))
        findings.append(
            Inversion(
                **scoring.common("inversion", *people),
                target="latent_code",
                model=ENCODER,
                codes=codes,
                **measured(metric, estimate, baseline, baseline_value),
            )
        )
    return findings


def image_findings(
    reconstructed: Mapping[str, Reconstructed],
    learned: Sample,
    held_out: Sample,
    mask: np.ndarray,
    scoring: Scoring,
) -> list[Finding]:
    """Return likenesses of held-out scans by method: beside PCA with as many codes, PCA's beside the mean brain.

    Args:
        reconstructed: held-out scans by method.
        learned: the generator's training people.
        held_out: the people whose scans are reconstructed.
        mask: (X, Y, Z) bool.
        scoring: of the cohort.
    """
    scans, mean = held_out.volumes, learned.volumes.mean(axis=0)
    scale = intensity_range(learned.volumes, mask)
    everything: dict[str, Any] = {name: method.volumes for name, method in reconstructed.items()}
    everything[MEAN_BRAIN] = np.broadcast_to(mean, scans.shape)
    measures = {
        method: {
            "deviation_r": deviation_correlation(scans, volumes, mean, mask),
            "ssim": masked_ssim(scans, np.asarray(volumes), mask, scale),
            "mse": masked_mse(scans, np.asarray(volumes), mask),
        }
        for method, volumes in everything.items()
    }
    findings: list[Finding] = []
    for method, of in reconstructed.items():
        baseline = MEAN_BRAIN if method == PCA else PCA
        for metric, values in measures[method].items():
            mean_value = mean_ratio(values, 1.0, held_out.groups, scoring.seed, scoring.replicates)
            findings.append(
                Inversion(
                    **scoring.common("inversion", len(learned), len(held_out)),
                    target="image",
                    model=method,
                    codes=of.codes,
                    **measured(metric, mean_value, baseline, float(measures[baseline][metric].mean())),
                    baseline_codes=reconstructed[PCA].codes if baseline == PCA else 0,
                )
            )
    return findings
