"""Scans: sex and age from voxels and from an autoencoder's latents, and its reconstructions of held-out scans."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.experiments.answers import answer
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.feature_sets import FeatureSet, FoldedData, latent_sets
from brainaging.pipeline.experiments.figure_files import write_cohort, write_placement, write_reconstructions
from brainaging.pipeline.experiments.fold_training import FoldTraining, encode_folds
from brainaging.pipeline.experiments.questions import Plan, all_questions
from brainaging.pipeline.experiments.scans.reconstruction import AUTOENCODER, reconstruction_findings
from brainaging.pipeline.measures.reconstruction_scores import score_reconstructions
from brainaging.pipeline.results import Finding, Scoring
from brainaging.pipeline.stats.baselines import residualise
from brainaging.pipeline.stats.encodings import FoldEncoding, by_encoder, check_inputs, subjects_of
from brainaging.pipeline.stats.permutation import PERMUTATIONS
from brainaging.pipeline.stats.projection import project, write_projections
from brainaging.pipeline.stats.sample_space import Fold, fold_spaces
from brainaging.transforms import template_mask

log = logging.getLogger(__name__)
BUNDLE = "t1w_autoencoder"
#: of :meth:`Prepared.summary`, what cohort.json says
FACTS = ("excluded", "grid", "simulated")


def run(context: Context) -> Outcome:
    """Train the autoencoders on every fold of prepared scans, probe voxels and latents, score reconstructions.

    Writes cohort.json, pca.csv, pca.json, placement.npz and reconstructions.npz.

    Raises:
        UserError: there are no scans, or weights of another run lie in the folder.
    """
    prepared, budget = context.prepared_scans, context.budget
    cohort = prepared.cohort
    folds, loose = context.folds(cohort), context.random_folds(cohort)

    def encoded(on: Sequence[Fold], folder: Path, sizes: Sequence[int]) -> list[FoldEncoding]:
        return [
            encoding
            for size in sizes
            for encoding in encode_folds(
                prepared,
                context.volumes,
                on,
                folder / encoder_name(size),
                FoldTraining(context.bundles[BUNDLE], size, budget.epochs, context.seed),
            )
        ]

    data = FoldedData(
        context.volumes,
        subjects_of(cohort, prepared.head_size, prepared.table["template_dice"].to_numpy(float)),
        folds,
        loose,
        encoded(folds, context.models, budget.latent_sizes),
        encoded(loose[: budget.random_latent_folds], context.models / "random", budget.random_latent_sizes),
    )
    log.info("analysing %d scans over %d folds", len(data.values), len(folds))
    scoring = context.scoring(cohort, "T1w")
    findings = analyse(data, template_mask(prepared.grid), scoring, context.out, budget.permutations)
    findings += reconstructed(data, template_mask(prepared.grid), scoring, context.out, prepared.grid.spacing)
    facts = prepared.summary()
    write_figures(data, template_mask(prepared.grid), context.out, cohort.name, {key: facts[key] for key in FACTS})
    return Outcome(findings, [encoder_name(size) for size in budget.latent_sizes])


SCANS = Experiment("scans", "scans", (BUNDLE,), run)


def encoder_name(size: int) -> str:
    """Return the name of an autoencoder's folder among the models."""
    return f"{AUTOENCODER}-{size}"


def analyse(
    data: FoldedData, mask: np.ndarray, scoring: Scoring, out: Path, permutations: int = PERMUTATIONS
) -> list[Finding]:
    """Probe voxels and latents for sex and age; write pca.csv and pca.json.

    Args:
        data: volumes (n, X, Y, Z) float32 on one grid, their folds and encodings.
        mask: (X, Y, Z) bool, the brain.
        scoring: cohort, seed of bootstraps, permutations and inner folds.
        out: the folder.
        permutations: relabellings a permutation test.

    Raises:
        UserError: inputs that do not fit together. A cohort that cannot answer a question (one sex, no age) is no
            error: a finding says why.
    """
    check_inputs(data.values, data.subjects, data.folds, mask)
    sets = scan_features(data)
    _, findings = answer(all_questions(Plan(data.subjects, sets)), scoring, permutations)
    shown = {features.key: project(features.grouped[0]) for features in sets}
    write_projections(shown, data.subjects, out, scoring.seed)
    return findings


def scan_features(data: FoldedData) -> list[FeatureSet]:
    """Return voxels and every encoder's latents on all folds, with and without head size."""
    every = [*data.folds, *data.random_folds]
    log.info("rotating %d volumes into the sample space of %d folds", len(data.values), len(every))
    spaces = fold_spaces(data.values, every, numbers=range(len(every)))
    grouped, random = spaces[: len(data.folds)], spaces[len(data.folds) :]
    sets = [FeatureSet("voxels", "voxels", grouped, random=random), *latent_sets(data, AUTOENCODER)]
    size = np.asarray(data.subjects.head_size, dtype=float)
    return [
        replace(
            features,
            components=features.grouped,
            adjusted={"head_size_residualised": [residualise(space, size) for space in features.grouped]},
        )
        for features in sets
    ]


def reconstructed(
    data: FoldedData, mask: np.ndarray, scoring: Scoring, out: Path, spacing: float
) -> list[Finding]:
    """Score the reconstructions of every encoder; write the first one's examples to reconstructions.npz.

    ``spacing`` is the voxel size in mm.
    """
    findings: list[Finding] = []
    for name, fitted in by_encoder(data.encodings).items():
        log.info("scoring the reconstructions of %s", name)
        scores = score_reconstructions(data.values, mask, fitted)
        if scores is None:
            continue
        if not findings:
            write_reconstructions(out / "reconstructions.npz", name, scores, mask, spacing)
        findings += reconstruction_findings(name, fitted[0].latent_size, scores, scoring, findings)
    return findings


def write_figures(data: FoldedData, mask: np.ndarray, out: Path, cohort: str, facts: Mapping[str, Any]) -> None:
    """Write placement.npz and cohort.json; ``facts`` ("excluded", "grid", "simulated") are the cohort's own."""
    write_placement(out / "placement.npz", data.values, mask, data.subjects.template_dice)
    write_cohort(out / "cohort.json", data.subjects, cohort, facts)
