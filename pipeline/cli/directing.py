"""The command that learns what age, sex and head size change: directions."""

from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import pandas as pd
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.models import BUNDLE_HELP, check_fits, find_bundle
from brainaging.pipeline.counterfactual.cohort_alignment import KNOTS_MM, REACH_MM
from brainaging.pipeline.counterfactual.covariates import AGE, SEX, Covariates, cohort_covariates
from brainaging.pipeline.counterfactual.direction_findings import EXPERIMENT, direction_findings
from brainaging.pipeline.counterfactual.directions import direction_cosines
from brainaging.pipeline.counterfactual.edit_checkpoint import MODEL, save
from brainaging.pipeline.counterfactual.latent_effects import UNITS, codes_table, latent_effects, measures_table
from brainaging.pipeline.counterfactual.latent_models import check_decodes
from brainaging.pipeline.counterfactual.learn import LearningScans, learn
from brainaging.pipeline.counterfactual.reader_split import split_for_reader
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.morphometry import PreparedTable, is_prepared_table
from brainaging.pipeline.engines import Coder, encode_volumes, load_network
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.results import words, write_results
from brainaging.pipeline.runtime import UserError, atomic_output, log_to, provenance, write_json
from brainaging.transforms import save_nifti, template_mask

console = Console(width=None if Console().is_terminal else 120)
#: measures with the largest effects that are printed
SHOWN = 5
#: codes of the encoders in results, by the bundle whose latents they are
ENCODERS = {
    "t1w_autoencoder": "autoencoder",
    "t1w_latent_encoder": "gan",
    "morphometry_autoencoder": "morphometry_autoencoder",
}


def directions_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote.")],
    out: Annotated[Path, typer.Option(help="Folder for the model and the tables.")] = Path("directions"),
    weights: Annotated[
        Path | None, typer.Option(help="A checkpoint: directions in this network's latents, and nothing else.")
    ] = None,
    bundle: Annotated[
        str, typer.Option(help=f"{BUNDLE_HELP} By default the autoencoder of what is prepared.")
    ] = "",
    seed: options.Seed = 0,
    restricted: options.Restricted = None,
    knots: options.Knots = KNOTS_MM,
) -> None:
    """Learn what age, sex and head size change in a cohort: a model for `brainaging edit`, and cosines."""
    if bundle and weights is None:
        raise UserError(f"--bundle {bundle}: give its checkpoint as --weights")
    table = is_prepared_table(dataset_dir)
    if table and weights is None:
        raise UserError(f"{dataset_dir}: holds a morphometry table: give its network's checkpoint as --weights")
    load = PreparedTable.load if table else Prepared.load
    prepared = load(dataset_dir, restricted=restricted)
    people, complete = cohort_covariates(prepared.cohort, prepared.head_size)
    with log_to(out / "directions.log"):
        facts: dict[str, object] = {"grid": prepared.fingerprint, "cohort": prepared.cohort.digest}
        if weights is None:
            _learn(cast(Prepared, prepared), people, complete, out, seed, knots)
            facts["knots_mm"] = knots
        else:
            folder = find_bundle(bundle or ("morphometry_autoencoder" if table else "t1w_autoencoder"))
            _encode(prepared, people, complete, out, seed, weights, folder)
            facts |= {"weights": weights.name, "bundle": folder.name}
        write_json(out / "provenance.json", provenance(seed, **facts))


def _learn(
    prepared: Prepared, people: Covariates, complete: np.ndarray, out: Path, seed: int, knots: float
) -> None:
    """Learn an edit, and say the directions of principal components."""
    cohort = prepared.cohort
    groups, strata = np.asarray(cohort.groups())[complete], np.asarray(cohort.strata())[complete]
    own, others, reason = split_for_reader(groups, strata)
    console.print(f"learning from {len(own)} scans; a reader of age and sex from {len(others)} others")
    if reason:
        console.print(f"[yellow]warning:[/yellow] {reason}", soft_wrap=True)
    scans = LearningScans.of(prepared, complete[own], people[own])
    reader_scans = LearningScans.of(prepared, complete[others], people[others]) if len(others) else None
    learned, learners = learn(
        scans,
        reader_scans,
        cohort=cohort.name,
        simulated=cohort.simulated,
        no_reader=reason,
        seed=seed,
        knots_mm=knots,
    )
    save(learned, out / MODEL)
    coder = PcaCoder(scans.volumes, template_mask(prepared.grid, dilate_mm=REACH_MM))
    latents = encode_volumes(coder, scans.volumes)
    common = {"experiment": EXPERIMENT, "cohort": cohort.name, "n_train": len(learners), "seed": seed}
    _cosines(latents, learners, groups[own], "pca", common, out)
    console.print(
        f"model: {out / MODEL}; next: brainaging edit SCAN --model {out / MODEL} --age +10", soft_wrap=True
    )


def _encode(
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
    inputs = prepared.values[complete] if isinstance(prepared, PreparedTable) else prepared.volumes(complete)
    latents = encode_volumes(network, inputs)
    console.print(f"{len(complete)} people in {latents.shape[1]} codes of {folder.name}")
    if len(complete) <= latents.shape[1]:
        console.print("[yellow]warning:[/yellow] fewer people than codes: single codes say little")
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
    _cosines(latents, people, groups, ENCODERS.get(folder.name, ""), common, out)
    console.print(f"{out}: codes.csv, directions.csv", soft_wrap=True)


def _cosines(
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


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("directions")(directions_command)
