"""Every experiment of the original study that exists so far, on one cohort, into one folder."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.score.scorer import EDITS
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.data import Cohort, Prepared, Recipe, grouped_folds, prepare, random_folds
from brainaging.pipeline.engines import BEST, Coder, load_network
from brainaging.pipeline.experiments.budget import Budget
from brainaging.pipeline.experiments.counterfactuals.run import Study
from brainaging.pipeline.experiments.fold_training import encode_folds, gather_curves
from brainaging.pipeline.experiments.scans.questions import analyse
from brainaging.pipeline.experiments.synthetic import BUNDLES as SYNTHETIC_BUNDLES
from brainaging.pipeline.experiments.synthetic import LEARNERS, Synthetic, impossible
from brainaging.pipeline.experiments.synthetic.run import ENCODER
from brainaging.pipeline.experiments.table.run import NAME as TABLE_AUTOENCODER
from brainaging.pipeline.experiments.table.run import reproduce_table
from brainaging.pipeline.results.legacy import NOT_COMPUTED, Result, write_results
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import UserError, file_sha256, provenance, write_json
from brainaging.pipeline.stats.encodings import FoldEncoding, subjects_of
from brainaging.pipeline.stats.sample_space import Fold
from brainaging.transforms import GridSpec, template_mask

log = logging.getLogger(__name__)
#: bundles that a reproduction trains
SCANS, TABLE = "t1w_autoencoder", "morphometry_autoencoder"
BUNDLES = (SCANS, TABLE, *SYNTHETIC_BUNDLES)
#: what a reproduction consists of
PARTS = ("scans", "table", "synthetic", "edits")


def reproduce(
    cohort: Cohort,
    grid: GridSpec,
    out: Path,
    bundles: Mapping[str, Path],
    budget: Budget,
    *,
    only: str | None = None,
    morphometry: Path | None = None,
    combat: bool = False,
    seed: int = 0,
    workers: int = 1,
    skip_bad: bool = False,
    n4: bool = False,
    strip: str | None = None,
) -> pd.DataFrame:
    """Run the scans' experiments where a cohort has scans, the table's where there is one, and write both.

    Everything lies in ``out``: ``prepared/``, ``prepared_table/``, ``models/``, ``results.csv`` and the files of
    the figures. Typed again after a stop, a run keeps what is finished and goes on.

    Args:
        cohort: the subjects.
        grid: the grid of the scans.
        out: the folder.
        bundles: folders of :data:`BUNDLES`, those that are needed.
        budget: how much it may cost.
        only: one of :data:`PARTS`; None for all that the cohort has data for.
        morphometry: a FreeSurfer table, or a folder of tables.
        combat: harmonise the table's sites inside every fold too.
        seed: of everything that is drawn; where families are restricted, folds do not depend on it.
        workers: processes that place scans.
        skip_bad: set bad scans, rows and people without measures aside in place of stopping.
        n4: correct the bias field first.
        strip: how to strip whole heads, if they are to be stripped.

    Returns:
        the results table.

    Raises:
        UserError, ScanError, GridMismatchError: the input is at fault, in one line.
    """
    if only is not None and only not in PARTS:
        raise UserError(f"--only {only}: expected {', '.join(PARTS)}")
    if only in ("scans", "synthetic", "edits") and not cohort.has_scans:
        raise UserError(f"--only {only}: {cohort.name} has no scans")
    if only == "table" and morphometry is None:
        raise UserError("--only table: give the measures as --morphometry TABLE")
    if not cohort.has_scans and morphometry is None:
        raise UserError(f"{cohort.name}: people without scans: give their measures as --morphometry TABLE")
    # Relatives always share a fold. Folds drawn anew for every seed would, over several runs, tell who is related;
    # so a cohort with restricted families has one partition, and the seed steers weights and resampling alone.
    split_seed = seed if cohort.restricted is None else 0
    parts = []
    facts: dict[str, object] = {"cohort": cohort.digest, "budget": asdict(budget)}
    if cohort.has_scans and only != "table":
        recipe = Recipe.on(grid, n4, strip)
        prepared = prepare(cohort, recipe, out / "prepared", workers=workers, skip_bad=skip_bad, seed=split_seed)
        if only in (None, "scans"):
            parts.append(_scans(prepared, out, bundles[SCANS], budget, seed, split_seed))
        if only in (None, "synthetic"):
            parts.append(_synthetic(prepared, out, bundles, budget, seed, split_seed))
        if only in (None, "edits"):
            parts.append(_edits(prepared, out, bundles, budget, seed, split_seed))
        facts |= {"grid": grid.fingerprint, "autoencoder": SCANS, "n4": n4, "strip": strip}
    if morphometry is not None and only in (None, "table"):
        parts.append(
            reproduce_table(
                cohort,
                morphometry,
                out,
                bundles[TABLE],
                budget,
                seed=seed,
                split_seed=split_seed,
                skip_bad=skip_bad,
                combat=combat,
            )
        )
        table = file_sha256(morphometry) if morphometry.is_file() else ""
        facts |= {"morphometry": morphometry.name, "morphometry_sha256": table, "table_autoencoder": TABLE}
    trained = [f"autoencoder-{size}" for size in budget.latent_sizes] if cohort.has_scans else []
    trained += [TABLE_AUTOENCODER] if morphometry is not None else []
    trained += LEARNERS
    gather_curves([out / "models" / name for name in trained], out / "curves.csv")
    write_json(out / "provenance.json", provenance(seed, **facts))
    return write_results(pd.concat(parts, ignore_index=True), out / "results.csv")


def _synthetic(
    prepared: Prepared, out: Path, bundles: Mapping[str, Path], budget: Budget, seed: int, split_seed: int
) -> pd.DataFrame:
    """Make brains and judge them; where the cohort is too small, one row says so."""
    cohort = prepared.cohort
    groups = cohort.groups()
    folds = grouped_folds(groups, cohort.strata(), budget.folds, split_seed)
    sheet = Sheet(cohort.name, "T1w", seed, groups, budget.replicates)
    reason = impossible(prepared, folds)
    if reason:
        log.warning("synthetic brains: %s: %s", NOT_COMPUTED, reason)
        blank = Result(
            "fidelity",
            cohort.name,
            "T1w",
            "voxels",
            "image",
            f"{NOT_COMPUTED}: {reason}",
            "grouped",
            "",
            float("nan"),
        )
        return write_results([blank], out / "results.csv")
    log.info("synthetic brains: judges, a GAN, its inverse, labels")
    Synthetic(prepared, prepared.volumes(), folds, bundles, budget.synthetic, out, sheet).run()
    return write_results(sheet.rows, out / "results.csv")


def _edits(
    prepared: Prepared, out: Path, bundles: Mapping[str, Path], budget: Budget, seed: int, split_seed: int
) -> pd.DataFrame:
    """Move held-out scans along age and sex; where the cohort is too small or tells no ages, one row says so."""
    cohort = prepared.cohort
    train, test = grouped_folds(cohort.groups(), cohort.strata(), budget.folds, split_seed)[0]
    fold = np.asarray(train)[: budget.edits.learned_from], np.asarray(test)[: budget.edits.held_out]
    asked = tuple(edit for edit in EDITS if edit.name in budget.edits.edits)
    models = out / "models"
    log.info("edits: alignment, effects of age and sex, held-out scans moved along them")
    try:
        study = Study(
            prepared,
            fold,
            out,
            models / "edits",
            Truth.beside(cohort, prepared.grid),
            asked,
            _coders(prepared, models, bundles, budget),
            seed,
            budget.edits.knots_mm,
        )
        rows = study.run()
    except UserError as error:
        log.warning("edits: %s: %s", NOT_COMPUTED, error)
        said = f"{NOT_COMPUTED}: {error}"
        rows = [Result("edits", cohort.name, "T1w", "voxels", "change", said, "grouped", "", float("nan"))]
    return write_results(rows, out / "results.csv")


def _coders(prepared: Prepared, models: Path, bundles: Mapping[str, Path], budget: Budget) -> dict[str, Coder]:
    """Return the first fold's networks with latents that can be decoded, those that are trained."""
    found = {}
    for name, bundle, folder in (
        ("autoencoder", SCANS, f"autoencoder-{budget.latent_sizes[0]}"),
        ("gan", ENCODER, "latent_encoder"),
    ):
        weights = models / folder / "fold-0" / BEST
        if weights.is_file():
            network = load_network(bundles[bundle], weights, dataset_dir=str(prepared.folder))
            found[name] = cast(Coder, network)
    return found


def _scans(
    prepared: Prepared, out: Path, autoencoder: Path, budget: Budget, seed: int, split_seed: int
) -> pd.DataFrame:
    """Train the autoencoders on every fold of prepared scans, and probe voxels and latents."""
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
    random_encodings = encoded(loose[: budget.random_latent_folds], models / "random", budget.random_latent_sizes)
    subjects = subjects_of(cohort, prepared.head_size, prepared.table["template_dice"].to_numpy(float))
    log.info("analysing %d scans over %d folds", len(volumes), len(folds))
    facts = prepared.summary()
    return analyse(
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
        random_encodings=random_encodings,
    )
