"""Every experiment of the original on a morphometry table and on its latents, and those beyond it."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.experiments.table.questions import TABLE, TableStudy
from brainaging.pipeline.maps.importance_table import importance_table
from brainaging.pipeline.maps.measure_differences import region_table
from brainaging.pipeline.maps.planted_effects import Truth, precision_rows
from brainaging.pipeline.results.legacy import to_frame
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import atomic_output
from brainaging.pipeline.stats.bootstrap import REPLICATES
from brainaging.pipeline.stats.encodings import FoldEncoding, Subjects
from brainaging.pipeline.stats.permutation import PERMUTATIONS
from brainaging.pipeline.stats.projection import project, write_projections
from brainaging.pipeline.stats.sample_space import Fold

log = logging.getLogger(__name__)


# matrices of a few hundred rows: threads that wait for each other cost more than they bring
@threadpool_limits.wrap(limits=1)
def analyse_morphometry(
    table: PreparedTable,
    subjects: Subjects,
    folds: Sequence[Fold],
    random_folds: Sequence[Fold],
    encodings: Sequence[FoldEncoding],
    out_dir: Path,
    *,
    cohort_name: str,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
    replicates: int = REPLICATES,
    random_encodings: Sequence[FoldEncoding] = (),
    truth: Path | None = None,
    combat: bool = False,
    trees: int | None = None,
) -> pd.DataFrame:
    """Probe a table and its latents for sex and age, rank its measures, compare groups; write what a report reads.

    Args:
        table: the measures (n, p) and who they are of.
        subjects: what is known of the n people, in the table's order.
        folds: grouped folds, pairs of rows (train, test).
        random_folds: folds that ignore groups, to show the leak; empty to leave it out.
        encodings: what the autoencoder made of ``folds``.
        out_dir: gets importance.csv, regions.csv, table_pca.csv and table_pca.json.
        cohort_name: for the rows.
        seed: of bootstraps, permutations, inner folds and forests.
        permutations: relabellings a permutation test.
        replicates: bootstrap draws an interval.
        random_encodings: what the autoencoder made of ``random_folds``.
        truth: a simulated cohort's ``truth/table_effects.csv``.
        combat: take sites' shifts and spreads out of the table too, inside every fold.
        trees: of a random forest; None for :data:`~.model_grid.TREES`.

    Returns:
        the rows of the results table.
    """
    out_dir = Path(out_dir)
    sheet = Sheet(cohort_name, TABLE, seed, np.asarray(subjects.groups), replicates)
    study = TableStudy(
        sheet, table, subjects, folds, random_folds, encodings, random_encodings, permutations, combat, trees
    )
    study.sex()
    study.age_groups()
    study.age_years()
    study.sites()
    study.errors()
    write_projections(
        {name: project(spaces[0]) for name, spaces in study.rotated.items()},
        subjects,
        out_dir,
        sheet.seed,
        "table_pca",
    )
    columns = table.morphometry.columns
    log.info("comparing groups in %d measures", len(columns))
    regions = region_table(
        study.values,
        columns,
        subjects,
        permutations=permutations,
        replicates=sheet.replicates,
        seed=sheet.seed,
    )
    _write(regions, out_dir / "regions.csv")
    log.info("ranking %d measures", len(columns))
    planted = None if truth is None else Truth.read(truth)
    found = importance_table(
        study.plain,
        study.residual,
        columns,
        subjects,
        sheet,
        permutations=permutations,
        differences=regions,
        truth=planted,
    )
    _write(found, out_dir / "importance.csv")
    rows = [] if planted is None else precision_rows(found, sheet, len(subjects))
    return to_frame([*sheet.rows, *rows])


def _write(frame: pd.DataFrame, path: Path) -> None:
    with atomic_output(path) as temporary:
        frame.to_csv(temporary, index=False, float_format="%.6g")
