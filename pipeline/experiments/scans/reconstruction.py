"""Findings of reconstructions: error and likeness of the autoencoder and of its baselines, and paired ratios."""

from collections.abc import Sequence

import numpy as np

from brainaging.pipeline.measures.reconstruction_scores import MEAN_BRAIN, ReconstructionScores
from brainaging.pipeline.results import ErrorRatio, Finding, Reconstruction, Scoring, measured
from brainaging.pipeline.stats.bootstrap import mean_ratio

AUTOENCODER = "autoencoder"
#: the autoencoder was trained with left-right flips, and so is its baseline fitted
BASELINE = "pca_flip"
#: a method of :class:`ReconstructionScores` in the vocabulary's codes; the encoder has its own name there
_MODELS = {
    "pca": "pca",
    "pca_flip": "pca_flip",
    "pca_max": "pca",
    "pca_flip_max": "pca_flip",
    MEAN_BRAIN: MEAN_BRAIN,
}


def reconstruction_findings(
    encoder: str, codes: int, scores: ReconstructionScores, scoring: Scoring, earlier: Sequence[Finding] = ()
) -> list[Finding]:
    """Return MSE and SSIM of an encoder and of every baseline, and the paired ratios of MSEs.

    The encoder's baseline is the principal components that had flips too, with as many codes as it has (as far as
    scans span so many); theirs is the mean brain.

    Args:
        encoder: its name in ``scores``.
        codes: how many numbers its latent has.
        scores: of all methods on the same subjects.
        scoring: cohort, seed, groups and bootstrap draws.
        earlier: findings of encoders before; a baseline that they hold with as many components is left out.
    """
    sizes = {name: (_MODELS[name], scores.components.get(name, 0)) for name in scores.mse if name != encoder}
    sizes[encoder] = AUTOENCODER, codes
    repeated = {(done.model, done.codes) for done in earlier if isinstance(done, Reconstruction)}
    common = scoring.common("reconstruction", scores.n_train, len(np.unique(scores.index))) | {"target": "image"}
    groups = scoring.groups[scores.index]
    findings: list[Finding] = []
    for metric, values in (("mse", scores.mse), ("ssim", scores.ssim)):
        for method, per_subject in values.items():
            model, size = sizes[method]
            if (model, size) in repeated:
                continue
            mean = mean_ratio(per_subject, 1.0, groups, scoring.seed, scoring.replicates)
            baseline = "" if method == MEAN_BRAIN else BASELINE if method == encoder else MEAN_BRAIN
            findings.append(
                Reconstruction(
                    **common,
                    model=model,
                    codes=size,
                    **measured(
                        metric, mean, baseline, float(values[baseline].mean()) if baseline else float("nan")
                    ),
                    baseline_codes=sizes[baseline][1] if baseline else 0,
                )
            )
    own = scores.mse[encoder]
    for method, errors in scores.mse.items():
        if method == encoder:
            continue
        ratio = mean_ratio(own, errors, groups, scoring.seed, scoring.replicates)
        compared, size = sizes[method]
        findings.append(
            ErrorRatio(
                **common,
                model=AUTOENCODER,
                codes=codes,
                **measured("error_ratio", ratio, compared, 1.0),
                baseline_codes=size,
            )
        )
    return findings
