"""Scans: sex and age from voxels and from an autoencoder's latents, and its reconstructions of held-out scans."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.experiments.answers import answer
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.feature_sets import FeatureSet, FoldedData, latent_sets
from brainaging.pipeline.experiments.figure_files import write_cohort, write_placement, write_reconstructions
from brainaging.pipeline.experiments.fold_training import FoldTraining, encode_folds
from brainaging.pipeline.experiments.questions import Plan, all_questions
from brainaging.pipeline.experiments.scans.reconstruction import AUTOENCODER, reconstruction_findings
from brainaging.pipeline.measures.reconstruction_scores import ReconstructionScores, score_reconstructions
from brainaging.pipeline.results import Finding, Scoring
from brainaging.pipeline.stats.baselines import residualise
from brainaging.pipeline.stats.encodings import FoldEncoding, by_encoder, check_inputs, subjects_of
from brainaging.pipeline.stats.permutation import PERMUTATIONS
from brainaging.pipeline.stats.projection import Projection, project, write_projections
from brainaging.pipeline.stats.sample_space import Fold, fold_spaces
from brainaging.transforms import template_mask

log = logging.getLogger(__name__)
BUNDLE = "t1w_autoencoder"
#: of :meth:`Prepared.summary`, what cohort.json says
FACTS = ("excluded", "grid", "simulated")


@dataclass(frozen=True)
class ScanResults:
    """What scans tell.

    Attributes:
        findings: for results.csv.
        projections: two principal components by set of features.
        reconstructions: scores of the held-out scans' reconstructions by encoder.
    """

    findings: Sequence[Finding]
    projections: Mapping[str, Projection]
    reconstructions: Mapping[str, ReconstructionScores]


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
    mask, facts, out = template_mask(prepared.grid), prepared.summary(), context.out
    results = analyse(data, mask, context.scoring(cohort, "T1w"), budget.permutations)
    write_figures(results, data, mask, prepared.grid.spacing, out, context.seed)
    write_cohort(out / "cohort.json", data.subjects, cohort.name, {key: facts[key] for key in FACTS})
    return Outcome(results.findings, [encoder_name(size) for size in budget.latent_sizes])


SCANS = Experiment("scans", "scans", (BUNDLE,), run)


def encoder_name(size: int) -> str:
    """Return the name of an autoencoder's folder among the models."""
    return f"{AUTOENCODER}-{size}"


def analyse(data: FoldedData, mask: np.ndarray, scoring: Scoring, permutations: int = PERMUTATIONS) -> ScanResults:
    """Probe voxels and latents for sex and age, and score the reconstructions of every encoder.

    Args:
        data: volumes (n, X, Y, Z) float32 on one grid, their folds and encodings.
        mask: (X, Y, Z) bool, the brain.
        scoring: cohort, seed of bootstraps, permutations and inner folds.
        permutations: relabellings a permutation test.

    Raises:
        UserError: inputs that do not fit together. A cohort that cannot answer a question (one sex, no age) is no
            error: a finding says why.
    """
    check_inputs(data.values, data.subjects, data.folds, mask)
    sets = scan_features(data)
    _, findings = answer(all_questions(Plan(data.subjects, sets)), scoring, permutations)
    reconstructions = reconstruction_scores(data, mask)
    codes = {encoding.name: encoding.latent_size for encoding in data.encodings}
    for name, scores in reconstructions.items():
        findings += reconstruction_findings(name, codes[name], scores, scoring, findings)
    projections = {features.key: project(features.grouped[0]) for features in sets}
    return ScanResults(findings, projections, reconstructions)


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


def reconstruction_scores(data: FoldedData, mask: np.ndarray) -> dict[str, ReconstructionScores]:
    """Return the reconstructions' scores by encoder, of those that reconstruct."""
    scores: dict[str, ReconstructionScores] = {}
    for name, fitted in by_encoder(data.encodings).items():
        log.info("scoring the reconstructions of %s", name)
        own = score_reconstructions(data.values, mask, fitted)
        if own is not None:
            scores[name] = own
    return scores


def write_figures(
    results: ScanResults, data: FoldedData, mask: np.ndarray, spacing: float, out: Path, seed: int
) -> None:
    """Write pca.csv, pca.json, placement.npz, and the first encoder's examples to reconstructions.npz.

    ``spacing`` is the voxel size in mm; ``seed`` shuffles the people shown.
    """
    write_projections(results.projections, data.subjects, out, seed)
    write_placement(out / "placement.npz", data.values, mask, data.subjects.template_dice)
    for name, scores in list(results.reconstructions.items())[:1]:
        write_reconstructions(out / "reconstructions.npz", name, scores, mask, spacing)
