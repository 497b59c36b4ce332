"""What `directions` does: an edit that is learned, a network's latents, the cosines of both."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.cli.work.chosen import check_fits
from brainaging.pipeline.counterfactual.cohort_alignment import REACH_MM
from brainaging.pipeline.counterfactual.covariates import AGE, SEX, Covariates
from brainaging.pipeline.counterfactual.direction_findings import EXPERIMENT, direction_findings
from brainaging.pipeline.counterfactual.directions import direction_cosines
from brainaging.pipeline.counterfactual.edit_checkpoint import MODEL, save
from brainaging.pipeline.counterfactual.latent_effects import UNITS, codes_table, latent_effects, measures_table
from brainaging.pipeline.counterfactual.latent_models import check_decodes
from brainaging.pipeline.counterfactual.learn import LearningScans, learn
from brainaging.pipeline.counterfactual.reader_split import split_for_reader
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import Coder, encode_volumes, load_network
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.results import words, write_results
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import save_nifti, template_mask

log = logging.getLogger(__name__)
console = Console(width=None if Console().is_terminal else 120)
#: measures with the largest effects that are printed
SHOWN = 5
#: codes of the encoders in results, by the bundle whose latents they are
ENCODERS = {
    "t1w_autoencoder": "autoencoder",
    "t1w_latent_encoder": "gan",
    "morphometry_autoencoder": "morphometry_autoencoder",
}


@dataclass(frozen=True)
class LearningSettings:
    """How an edit is learned: ``seed`` of folds and draws, ``knots_mm`` of splines, ``formula`` of the design."""

    seed: int
    knots_mm: float
    formula: str | None


def learn_edit(
    prepared: Prepared, people: Covariates, complete: np.ndarray, out: Path, settings: LearningSettings
) -> None:
    """Learn an edit, and say the directions of principal components."""
    cohort = prepared.cohort
    groups, strata = np.asarray(cohort.groups())[complete], np.asarray(cohort.strata())[complete]
    own, others, reason = split_for_reader(groups, strata)
    console.print(f"learning from {len(own)} scans; a reader of age and sex from {len(others)} others")
    if reason:
        console.print(f"[yellow]warning:[/yellow] {reason}", soft_wrap=True)
    log.info("reading %d scans", len(own) + len(others))
    scans = LearningScans.of(prepared, complete[own], people[own])
    reader_scans = LearningScans.of(prepared, complete[others], people[others]) if len(others) else None
    learned, learners = learn(
        scans,
        reader_scans,
        cohort=cohort.name,
        simulated=cohort.simulated,
        no_reader=reason,
        seed=settings.seed,
        knots_mm=settings.knots_mm,
        formula=settings.formula,
    )
    save(learned, out / MODEL)
    log.info("principal components of %d scans", len(own))
    coder = PcaCoder(scans.volumes, template_mask(prepared.grid, dilate_mm=REACH_MM))
    latents = encode_volumes(coder, scans.volumes)
    common = {"experiment": EXPERIMENT, "cohort": cohort.name, "n_train": len(learners), "seed": settings.seed}
    write_cosines(latents, learners, groups[own], "pca", common, out)
    console.print(
        f"model: {out / MODEL}; next: brainaging edit SCAN --model {out / MODEL} --age +10", soft_wrap=True
    )


def encode_people(
    prepared: Prepared | PreparedTable,
    people: Covariates,
    complete: np.ndarray,
    out: Path,
    seed: int,
    weights: Path,
    folder: Path,
) -> None:
    """Say the directions in a network's latents, and what they are when decoded."""
    table = isinstance(prepared, PreparedTable)
    check_fits(folder, prepared)
    network = cast(Coder, load_network(folder, weights, dataset_dir=str(prepared.folder)))
    check_decodes(network)
    groups = np.asarray(prepared.cohort.groups())[complete]
    log.info("encoding %d people", len(complete))
    inputs = prepared.values[complete] if isinstance(prepared, PreparedTable) else prepared.volumes(complete)
    latents = encode_volumes(network, inputs)
    console.print(f"{len(complete)} people in {latents.shape[1]} codes of {folder.name}")
    if len(complete) <= latents.shape[1]:
        console.print("[yellow]warning:[/yellow] fewer people than codes: single codes say little")
    log.info("effects of age, sex and head size on codes")
    effects = latent_effects(network, latents, people, groups, seed)
    _table(out / "codes.csv", codes_table(effects))
    if isinstance(prepared, PreparedTable):
        measures = measures_table(effects, prepared.names, np.nanstd(inputs, axis=0))
        _table(out / "measures.csv", measures)
        _print_measures(measures)
    else:
        for effect in effects:
            with atomic_output(out / f"{effect.covariate}.nii.gz") as temporary:
                save_nifti(effect.decoded, prepared.grid, temporary)
        units = ", ".join(f"{effect.covariate}.nii.gz ({UNITS[effect.covariate]})" for effect in effects)
        console.print(f"decoded changes of the mean brain: {units}", soft_wrap=True)
    common = {"experiment": EXPERIMENT, "cohort": prepared.cohort.name, "n_train": len(people), "seed": seed}
    common["modality"] = "table" if table else "T1w"
    write_cosines(latents, people, groups, ENCODERS.get(folder.name, ""), common, out)
    console.print(f"{out}: codes.csv, directions.csv", soft_wrap=True)


def write_cosines(
    latents: np.ndarray,
    people: Covariates,
    groups: np.ndarray,
    encoder: str,
    common: dict[str, Any],
    out: Path,
) -> None:
    """Write directions.csv, and print it."""
    cosines = direction_cosines(latents, people, groups, common["seed"])
    write_results(direction_findings(cosines, encoder, common), out / "directions.csv")
    shown = Table(title="cosine of the age and the sex direction", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("fitted", "cosine", "95 % interval", "permutation p"):
        shown.add_column(column)
    for cosine in cosines:
        band = f"{cosine.low:.2f} to {cosine.high:.2f}"
        shown.add_row(words("covariates", cosine.adjustment), f"{cosine.value:.2f}", band, f"{cosine.p:.3f}")
    console.print(shown)


def _print_measures(table: pd.DataFrame) -> None:
    for name in (AGE, SEX):
        rows = table[table["covariate"] == name].head(SHOWN)
        largest = ", ".join(f"{row.measure} {row.change_sd:+.2f} SD" for row in rows.itertuples())
        console.print(f"{name} {UNITS[name]}, largest: {largest}", soft_wrap=True, markup=False)


def _table(path: Path, table: pd.DataFrame) -> None:
    with atomic_output(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5g")
