"""The table: sex and age from FreeSurfer measures and their latents, what ranks measures, whether sites matter."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.experiments.answers import answer
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.feature_sets import FeatureSet, FoldedData
from brainaging.pipeline.experiments.figure_files import write_cohort
from brainaging.pipeline.experiments.fold_training import FoldTraining, encode_folds
from brainaging.pipeline.experiments.questions import Plan, all_questions
from brainaging.pipeline.experiments.table.reconstruction_error import table_errors
from brainaging.pipeline.experiments.table.sites import combat_questions, each_site, site_questions
from brainaging.pipeline.experiments.table.table_features import RESIDUALISED, table_features
from brainaging.pipeline.maps.importance_table import importance_table
from brainaging.pipeline.maps.measure_differences import region_table
from brainaging.pipeline.maps.planted_effects import Truth, ranking_precision
from brainaging.pipeline.results import Finding, Scoring
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.runtime import atomic_output
from brainaging.pipeline.stats.encodings import FoldEncoding, Subjects, subjects_of
from brainaging.pipeline.stats.learners.age_models import YEAR_MODELS
from brainaging.pipeline.stats.learners.model_grid import SUPPORT_VECTORS, model_names
from brainaging.pipeline.stats.learners.ordinal import bracket_distance, quadratic_kappa
from brainaging.pipeline.stats.permutation import PERMUTATIONS
from brainaging.pipeline.stats.projection import Projection, project, write_projections
from brainaging.pipeline.stats.sample_space import Fold

log = logging.getLogger(__name__)
BUNDLE = "morphometry_autoencoder"
#: beside a simulated cohort's table, what was planted in it
TRUTH = Path("truth") / "table_effects.csv"


@dataclass(frozen=True)
class Settings:
    """How a table is analysed.

    Attributes:
        permutations: relabellings a permutation test.
        trees: of a random forest; None for the model grid's own number.
        combat: take sites' shifts and spreads out of the table too, inside every fold.
        truth: what was planted in a simulated cohort's table, None where nothing is known.
    """

    permutations: int = PERMUTATIONS
    trees: int | None = None
    combat: bool = False
    truth: Truth | None = None


@dataclass(frozen=True)
class TableResults:
    """What a table tells.

    Attributes:
        findings: for results.csv.
        projections: two principal components by set of features.
        regions: groups compared in every measure.
        importance: the rankings of measures and structures.
    """

    findings: Sequence[Finding]
    projections: Mapping[str, Projection]
    regions: pd.DataFrame
    importance: pd.DataFrame


def run(context: Context) -> Outcome:
    """Train the morphometry autoencoder on every fold; probe the table and its latents, rank and compare measures.

    Writes importance.csv, regions.csv, table_pca.csv and table_pca.json; cohort.json where scans wrote none.

    Raises:
        UserError: there is no table, or weights of another run lie in the folder.
    """
    prepared, budget, out = context.prepared_table, context.budget, context.out
    cohort = prepared.cohort
    settings = Settings(budget.permutations, budget.trees, context.combat, planted(context))
    folds, loose = context.folds(cohort), context.random_folds(cohort)
    name = f"morphometry-autoencoder-{budget.table_latent_size}"
    training = FoldTraining(context.bundles[BUNDLE], budget.table_latent_size, budget.table_epochs, context.seed)

    def encoded(on: Sequence[Fold], folder: Path) -> list[FoldEncoding]:
        return encode_folds(prepared, prepared.values, on, folder / name, training)

    data = FoldedData(
        prepared.values.astype(float),
        subjects_of(cohort, prepared.head_size),
        folds,
        loose,
        encoded(folds, context.models),
        encoded(loose, context.models / "random"),
    )
    log.info("analysing %d people's %d measures over %d folds", len(prepared), len(prepared.names), len(folds))
    results = analyse(data, prepared, context.scoring(cohort, "table"), settings)
    write_figures(results, data.subjects, out, context.seed)
    if not (out / "cohort.json").exists() or not cohort.has_scans:
        write_cohort(out / "cohort.json", data.subjects, cohort.name, {"simulated": cohort.simulated})
    return Outcome(results.findings, [name])


TABLE = Experiment("table", "table", (BUNDLE,), run)


def planted(context: Context) -> Truth | None:
    """Return what was planted in a simulated table, None where there is no file of it.

    Raises:
        UserError: the file is none of planted effects.
    """
    source = context.table_source
    if source is None or not context.prepared_table.cohort.simulated:
        return None
    truth = (source if source.is_dir() else source.parent) / TRUTH
    return Truth.read(truth) if truth.is_file() else None


# matrices of a few hundred rows: threads that wait for each other cost more than they bring
@threadpool_limits.wrap(limits=1)
def analyse(data: FoldedData, table: PreparedTable, scoring: Scoring, settings: Settings) -> TableResults:
    """Answer every question of a table, compare groups in every measure, and rank the measures.

    Args:
        data: measures (n, p), their folds and encodings.
        table: what the measures are called and where their people were scanned.
        scoring: cohort, families, bootstrap draws; seed of bootstraps, permutations, inner folds and forests.
        settings: see :class:`Settings`.
    """
    sets, sites = table_features(data, table.names), table.cohort.table["site"].to_numpy(dtype=str)
    of_sites = list(site_questions(data, sites))
    harmonised = combat_questions(data, sites) if settings.combat else ()
    questions = [*all_questions(_plan(data, sets)), *of_sites, *harmonised]
    predictions, findings = answer(questions, scoring, settings.permutations, settings.trees)
    findings += each_site(of_sites, predictions, data, sites, scoring)
    findings += table_errors(data.values, data.encodings, scoring)
    regions, importance = _ranked(data, sets[0], table.morphometry.columns, scoring, settings)
    if settings.truth is not None:
        findings += ranking_precision(importance, scoring, len(data.subjects))
    projections = {features.key: project(features.components[0]) for features in sets}
    return TableResults(findings, projections, regions, importance)


def _plan(data: FoldedData, sets: Sequence[FeatureSet]) -> Plan:
    labels = data.subjects.age_group
    groups = [name for name in model_names(len(np.unique(labels[labels != ""]))) if name != LOGISTIC]
    return Plan(
        data.subjects,
        sets,
        stream=("permutation", "table"),
        sex_models=tuple(name for name in (*model_names(2), SUPPORT_VECTORS) if name != LOGISTIC),
        age_group_models=tuple(groups),
        ordered_models=("ordinal_logistic",),
        year_models=YEAR_MODELS,
        order_metrics={"bracket_distance": bracket_distance, "quadratic_kappa": quadratic_kappa},
    )


def _ranked(
    data: FoldedData, features: FeatureSet, columns: pd.DataFrame, scoring: Scoring, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the groups compared in every measure, and the measures ranked."""
    log.info("comparing groups in %d measures", len(columns))
    regions = region_table(
        data.values,
        columns,
        data.subjects,
        permutations=settings.permutations,
        replicates=scoring.replicates,
        seed=scoring.seed,
    )
    log.info("ranking %d measures", len(columns))
    ranking = importance_table(
        features.grouped,
        features.adjusted.get(RESIDUALISED, ()),
        columns,
        data.subjects,
        scoring,
        permutations=settings.permutations,
        differences=regions,
        truth=settings.truth,
    )
    return regions, ranking


def write_figures(results: TableResults, subjects: Subjects, out: Path, seed: int) -> None:
    """Write table_pca.csv, table_pca.json, regions.csv and importance.csv; ``seed`` shuffles the people shown."""
    write_projections(results.projections, subjects, out, seed, "table_pca")
    for name, frame in (("regions.csv", results.regions), ("importance.csv", results.importance)):
        with atomic_output(out / name) as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")
