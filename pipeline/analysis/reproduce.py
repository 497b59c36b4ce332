"""Every experiment of the original study that exists so far, on one cohort, into one folder."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from brainaging.pipeline.analysis.budget import Budget
from brainaging.pipeline.analysis.encodings import FoldEncoding, Subjects
from brainaging.pipeline.analysis.fold_training import encode_folds, gather_curves
from brainaging.pipeline.analysis.sample_space import Fold
from brainaging.pipeline.analysis.study import analyse
from brainaging.pipeline.data import Cohort, grouped_folds, prepare, random_folds
from brainaging.pipeline.runtime import provenance, write_json
from brainaging.transforms import GridSpec, template_mask

log = logging.getLogger(__name__)


def reproduce(
    cohort: Cohort,
    grid: GridSpec,
    out: Path,
    autoencoder: Path,
    budget: Budget,
    *,
    seed: int = 0,
    workers: int = 1,
    skip_bad: bool = False,
    n4: bool = False,
    strip: str | None = None,
) -> pd.DataFrame:
    """Prepare a cohort, train the autoencoders on every fold, probe voxels and latents, write what a report needs.

    Everything lies in ``out``: ``prepared/``, ``models/``, ``results.csv`` and the files of the figures. Typed
    again after a stop, a run keeps what is finished and goes on.

    Args:
        cohort: the subjects.
        grid: the grid.
        out: the folder.
        autoencoder: folder of the autoencoder's bundle.
        budget: how much it may cost.
        seed: of everything that is drawn; where families are restricted, folds do not depend on it.
        workers: processes that place scans.
        skip_bad: set bad scans aside in ``prepared/excluded.csv`` in place of stopping.
        n4: correct the bias field first.
        strip: how to strip whole heads, if they are to be stripped.

    Returns:
        the results table.

    Raises:
        UserError, ScanError, GridMismatchError: the input is at fault, in one line.
    """
    # Relatives always share a fold. Folds drawn anew for every seed would, over several runs, tell who is related;
    # so a cohort with restricted families has one partition, and the seed steers weights and resampling alone.
    split_seed = seed if cohort.restricted is None else 0
    prepared = prepare(
        cohort, grid, out / "prepared", workers=workers, skip_bad=skip_bad, n4=n4, strip=strip, seed=split_seed
    )
    volumes = prepared.volumes()
    cohort = prepared.cohort
    groups, strata = cohort.groups(), cohort.strata()
    folds = grouped_folds(groups, strata, budget.folds, split_seed)
    loose = random_folds(groups, strata, budget.folds, seed)
    models = out / "models"

    def encoded(on: Sequence[Fold], folder: Path, sizes: Sequence[int]) -> list[FoldEncoding]:
        return [
            encoding
            for size in sizes
            for encoding in encode_folds(
                prepared,
                volumes,
                on,
                autoencoder,
                folder / f"autoencoder-{size}",
                latent_size=size,
                epochs=budget.epochs,
                seed=seed,
            )
        ]

    encodings = encoded(folds, models, budget.latent_sizes)
    loose_encodings = encoded(loose, models / "random", budget.random_latent_sizes)
    gather_curves([models / f"autoencoder-{size}" for size in budget.latent_sizes], out / "curves.csv")
    table = prepared.table
    subjects = Subjects(
        sex=table["sex"].to_numpy(str),
        age_bracket=table["age_bracket"].to_numpy(str),
        groups=groups,
        head_size=prepared.head_size,
        age_years=cohort.age_years(),
        template_dice=table["template_dice"].to_numpy(float),
        group_kind=cohort.group_kind(),
        ages_are_public=cohort.restricted is None,
    )
    log.info("analysing %d scans over %d folds", len(volumes), len(folds))
    facts = prepared.summary()
    results = analyse(
        volumes,
        subjects,
        folds,
        loose,
        encodings,
        template_mask(prepared.grid),
        out,
        cohort_name=cohort.name,
        spacing=prepared.grid.spacing,
        seed=seed,
        facts={key: facts[key] for key in ("excluded", "grid", "simulated")},
        permutations=budget.permutations,
        replicates=budget.replicates,
        random_encodings=loose_encodings,
    )
    write_json(
        out / "provenance.json",
        provenance(
            seed,
            grid=prepared.grid.fingerprint,
            cohort=cohort.digest,
            budget=asdict(budget),
            autoencoder=autoencoder.name,
            n4=n4,
            strip=strip,
        ),
    )
    return results
