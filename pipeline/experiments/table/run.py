"""The table: sex and age from FreeSurfer measures and their latents, what ranks measures, whether sites matter."""

import logging
from collections.abc import Sequence
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
from brainaging.pipeline.experiments.table.sites import SiteData, combat_findings, site_findings
from brainaging.pipeline.experiments.table.table_features import RESIDUALISED, table_features
from brainaging.pipeline.maps.importance_table import importance_table
from brainaging.pipeline.maps.measure_differences import region_table
from brainaging.pipeline.maps.planted_effects import Truth, ranking_precision
from brainaging.pipeline.results import Finding, Scoring
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.runtime import atomic_output
from brainaging.pipeline.stats.encodings import FoldEncoding, subjects_of
from brainaging.pipeline.stats.learners.age_models import YEAR_MODELS
from brainaging.pipeline.stats.learners.model_grid import SUPPORT_VECTORS, model_names
from brainaging.pipeline.stats.learners.ordinal import bracket_distance, quadratic_kappa
from brainaging.pipeline.stats.permutation import PERMUTATIONS
from brainaging.pipeline.stats.projection import project, write_projections
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
        truth: a simulated cohort's ``truth/table_effects.csv``, None where nothing is known.
    """

    permutations: int = PERMUTATIONS
    trees: int | None = None
    combat: bool = False
    truth: Path | None = None


def run(context: Context) -> Outcome:
    """Train the morphometry autoencoder on every fold; probe the table and its latents, rank and compare measures.

    Writes importance.csv, regions.csv, table_pca.csv and table_pca.json; cohort.json where scans wrote none.

    Raises:
        UserError: there is no table, or weights of another run lie in the folder.
    """
    prepared, budget = context.prepared_table, context.budget
    cohort = prepared.cohort
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
    if not (context.out / "cohort.json").exists() or not cohort.has_scans:
        write_cohort(context.out / "cohort.json", data.subjects, cohort.name, {"simulated": cohort.simulated})
    log.info("analysing %d people's %d measures over %d folds", len(prepared), len(prepared.names), len(folds))
    settings = Settings(budget.permutations, budget.trees, context.combat, planted(context))
    return Outcome(analyse(data, prepared, context.scoring(cohort, "table"), context.out, settings), [name])


TABLE = Experiment("table", "table", (BUNDLE,), run)


def planted(context: Context) -> Path | None:
    """Return the file of a simulated table's planted effects, None where there is none."""
    source = context.table_source
    if source is None or not context.prepared_table.cohort.simulated:
        return None
    truth = (source if source.is_dir() else source.parent) / TRUTH
    return truth if truth.is_file() else None


# matrices of a few hundred rows: threads that wait for each other cost more than they bring
@threadpool_limits.wrap(limits=1)
def analyse(
    data: FoldedData, table: PreparedTable, scoring: Scoring, out: Path, settings: Settings
) -> list[Finding]:
    """Answer every question of a table, and write what the report reads.

    Args:
        data: measures (n, p), their folds and encodings.
        table: what the measures are called and where their people were scanned.
        scoring: cohort, families, bootstrap draws; seed of bootstraps, permutations, inner folds and forests.
        out: the folder.
        settings: see :class:`Settings`.
    """
    sets = table_features(data, table.names)
    _, findings = answer(all_questions(_plan(data, sets)), scoring, settings.permutations, settings.trees)
    sites = SiteData.of(data, table.cohort.table["site"].to_numpy(dtype=str))
    findings += site_findings(sites, scoring)
    if settings.combat:
        findings += combat_findings(sites, data.folds, scoring, "grouped")
        alone = sites.without_groups()
        findings += combat_findings(alone, data.random_folds, scoring, "random")
    findings += table_errors(data.values, data.encodings, scoring)
    shown = {features.key: project(features.components[0]) for features in sets}
    write_projections(shown, data.subjects, out, scoring.seed, "table_pca")
    return findings + _ranked(data, sets[0], table.morphometry.columns, scoring, out, settings)


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
    data: FoldedData,
    features: FeatureSet,
    columns: pd.DataFrame,
    scoring: Scoring,
    out: Path,
    settings: Settings,
) -> list[Finding]:
    """Compare groups in every measure and rank the measures; write regions.csv and importance.csv."""
    log.info("comparing groups in %d measures", len(columns))
    regions = region_table(
        data.values,
        columns,
        data.subjects,
        permutations=settings.permutations,
        replicates=scoring.replicates,
        seed=scoring.seed,
    )
    _write(regions, out / "regions.csv")
    log.info("ranking %d measures", len(columns))
    truth = None if settings.truth is None else Truth.read(settings.truth)
    ranking = importance_table(
        features.grouped,
        features.adjusted.get(RESIDUALISED, ()),
        columns,
        data.subjects,
        scoring,
        permutations=settings.permutations,
        differences=regions,
        truth=truth,
    )
    _write(ranking, out / "importance.csv")
    return [] if truth is None else ranking_precision(ranking, scoring, len(data.subjects))


def _write(frame: pd.DataFrame, path: Path) -> None:
    with atomic_output(path) as temporary:
        frame.to_csv(temporary, index=False, float_format="%.6g")
