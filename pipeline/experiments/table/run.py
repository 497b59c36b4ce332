"""The table side of the study: every experiment of the original on morphometry, on one cohort."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from brainaging.pipeline.data import Cohort, grouped_folds, random_folds
from brainaging.pipeline.data.morphometry import prepare_morphometry, read_morphometry
from brainaging.pipeline.experiments.budget import Budget
from brainaging.pipeline.experiments.figure_files import write_cohort
from brainaging.pipeline.experiments.fold_training import encode_folds
from brainaging.pipeline.experiments.table.analyse import analyse_morphometry
from brainaging.pipeline.stats.encodings import FoldEncoding, subjects_of
from brainaging.pipeline.stats.learners.harmonise import check_combat
from brainaging.pipeline.stats.sample_space import Fold

log = logging.getLogger(__name__)
NAME = "morphometry-autoencoder-80"
#: beside a simulated cohort's table, what was planted in it
TRUTH = Path("truth") / "table_effects.csv"


def reproduce_table(
    cohort: Cohort,
    table: Path,
    out: Path,
    autoencoder: Path,
    budget: Budget,
    *,
    seed: int,
    split_seed: int,
    skip_bad: bool = False,
    combat: bool = False,
) -> pd.DataFrame:
    """Cut a morphometry table to a cohort, train the autoencoder on every fold and run the table's experiments.

    Everything lies in ``out``: ``prepared_table/``, ``models/`` and the files of the figures; the rows are
    returned and not written.

    Args:
        cohort: the people.
        table: the morphometry table, or a folder of tables.
        out: the folder.
        autoencoder: folder of the autoencoder's bundle.
        budget: how much it may cost.
        seed: of weights and resampling.
        split_seed: of the folds.
        skip_bad: set bad rows, and people whom the table lacks, aside in place of stopping.
        combat: harmonise the sites inside every fold too.

    Returns:
        the results table's rows.

    Raises:
        UserError: the input is at fault, in one line.
    """
    if combat:
        check_combat(cohort.table["site"].to_numpy(dtype=str))
    measured = read_morphometry(table, skip_bad=skip_bad)
    for note in measured.notes:
        log.warning("%s", note)
    for column, reason in measured.dropped.itertuples(index=False):
        log.info("%s: column %s left out: %s", table.name, column, reason)
    prepared = prepare_morphometry(cohort, measured, out / "prepared_table", seed=split_seed, skip_bad=skip_bad)
    cohort = prepared.cohort
    groups, strata = cohort.groups(), cohort.strata()
    folds = grouped_folds(groups, strata, budget.folds, split_seed)
    loose = random_folds(groups, strata, budget.folds, seed)

    def encoded(on: Sequence[Fold], folder: Path) -> list[FoldEncoding]:
        return encode_folds(
            prepared,
            prepared.values,
            on,
            autoencoder,
            folder / NAME,
            latent_size=budget.table_latent_size,
            epochs=budget.table_epochs,
            seed=seed,
        )

    encodings = encoded(folds, out / "models")
    random_encodings = encoded(loose, out / "models" / "random")
    subjects = subjects_of(cohort, prepared.head_size)
    if not (out / "cohort.json").exists() or not cohort.has_scans:
        write_cohort(out / "cohort.json", subjects, cohort.name, {"simulated": cohort.simulated})
    truth = (table if table.is_dir() else table.parent) / TRUTH
    log.info("analysing %d people's %d measures over %d folds", len(prepared), len(prepared.names), len(folds))
    return analyse_morphometry(
        prepared,
        subjects,
        folds,
        loose,
        encodings,
        out,
        cohort_name=cohort.name,
        seed=seed,
        permutations=budget.permutations,
        replicates=budget.replicates,
        random_encodings=random_encodings,
        combat=combat,
        trees=budget.trees,
        truth=truth if cohort.simulated and truth.is_file() else None,
    )
