"""The command that learns what age, sex and head size change: directions."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, cast

import numpy as np
import pandas as pd
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.models import BUNDLE_HELP, check_fits, find_bundle
from brainaging.pipeline.counterfactual.covariates import (
    AGE,
    SEX,
    Covariates,
    cohort_covariates,
    registered_scale,
)
from brainaging.pipeline.counterfactual.deformation import KNOTS_MM, REACH_MM
from brainaging.pipeline.counterfactual.directions import direction_cosines
from brainaging.pipeline.counterfactual.latent_effects import UNITS, codes_table, latent_effects, measures_table
from brainaging.pipeline.counterfactual.latent_models import check_decodes
from brainaging.pipeline.counterfactual.learn import learn, save
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.morphometry import PreparedTable, is_prepared_table
from brainaging.pipeline.engines import Coder, encode_volumes, load_network
from brainaging.pipeline.experiments.counterfactuals.run import MODEL
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.results.legacy import Result, write_results
from brainaging.pipeline.runtime import UserError, atomic_output, log_to, provenance, write_json
from brainaging.transforms import save_nifti, template_mask

console = Console(width=None if Console().is_terminal else 120)
SHOWN = 5


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
    people, known = cohort_covariates(prepared.cohort, prepared.head_size)
    with log_to(out / "directions.log"):
        facts: dict[str, object] = {"grid": prepared.fingerprint, "cohort": prepared.cohort.digest}
        if weights is None:
            _learn(cast(Prepared, prepared), people, known, out, seed, knots)
            facts["knots_mm"] = knots
        else:
            folder = find_bundle(bundle or ("morphometry_autoencoder" if table else "t1w_autoencoder"))
            _encode(prepared, people, known, out, seed, weights, folder)
            facts |= {"weights": weights.name, "bundle": folder.name}
        write_json(out / "provenance.json", provenance(seed, **facts))


def _learn(prepared: Prepared, people: Covariates, known: np.ndarray, out: Path, seed: int, knots: float) -> None:
    """Learn an edit, and say the directions of principal components."""
    volumes, groups = prepared.volumes(known), np.asarray(prepared.cohort.groups())[known]
    console.print(f"learning from {len(known)} scans")
    learned, found = learn(
        volumes,
        prepared.grid,
        people.age,
        people.male,
        groups,
        own_scale=registered_scale(prepared, known, volumes),
        cohort=prepared.cohort.name,
        simulated=prepared.cohort.simulated,
        seed=seed,
        knots_mm=knots,
    )
    save(learned, out / MODEL)
    coder = PcaCoder(volumes, template_mask(prepared.grid, dilate_mm=REACH_MM))
    row = Result("", prepared.cohort.name, "T1w", "latents_pca", "age", "", "all", "", np.nan)
    _cosines(encode_volumes(coder, volumes), found, groups, row, out, seed)
    console.print(
        f"model: {out / MODEL}; next: brainaging edit SCAN --model {out / MODEL} --age +10", soft_wrap=True
    )


def _encode(
    prepared: Prepared | PreparedTable,
    people: Covariates,
    known: np.ndarray,
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
    groups = np.asarray(prepared.cohort.groups())[known]
    inputs = prepared.values[known] if isinstance(prepared, PreparedTable) else prepared.volumes(known)
    latents = encode_volumes(network, inputs)
    console.print(f"{len(known)} people in {latents.shape[1]} codes of {folder.name}")
    if len(known) <= latents.shape[1]:
        console.print("[yellow]warning:[/yellow] fewer people than codes: single codes say little")
    effects = latent_effects(network, latents, people, groups, seed)
    _table(out / "codes.csv", codes_table(effects))
    if isinstance(prepared, PreparedTable):
        found = measures_table(effects, prepared.names, np.nanstd(inputs, axis=0))
        _table(out / "measures.csv", found)
        _say_measures(found)
    else:
        for one in effects:
            with atomic_output(out / f"{one.covariate}.nii.gz") as temporary:
                save_nifti(one.change, prepared.grid, temporary)
        units = ", ".join(f"{one.covariate}.nii.gz ({UNITS[one.covariate]})" for one in effects)
        console.print(f"decoded changes of the mean brain: {units}", soft_wrap=True)
    modality, features = ("table", "latents") if table else ("T1w", f"latents_{folder.name}")
    row = Result("", prepared.cohort.name, modality, features, "age", "", "all", "", np.nan)
    _cosines(latents, people, groups, row, out, seed)
    console.print(f"{out}: codes.csv, directions.csv", soft_wrap=True)


def _cosines(
    latents: np.ndarray, people: Covariates, groups: np.ndarray, row: Result, out: Path, seed: int
) -> None:
    """Write directions.csv, and print it."""
    row = replace(row, experiment="directions", n_train=len(people), seed=seed)
    rows = []
    shown = Table(title="cosine of the age and the sex direction", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("fitted", "cosine", "95 % interval", "permutation p"):
        shown.add_column(column)
    for one in direction_cosines(latents, people, groups, seed):
        same = replace(row, model=one.adjusted, metric="cosine_age_sex", value=one.value)
        rows += [replace(same, ci_low=one.low, ci_high=one.high)]
        rows += [replace(row, model=one.adjusted, metric="permutation_p", value=one.p)]
        shown.add_row(one.adjusted, f"{one.value:.2f}", f"{one.low:.2f} to {one.high:.2f}", f"{one.p:.3f}")
    write_results(rows, out / "directions.csv")
    console.print(shown)


def _say_measures(table: pd.DataFrame) -> None:
    for name in (AGE, SEX):
        rows = table[table["covariate"] == name].head(SHOWN)
        said = ", ".join(f"{row.measure} {row.change_sd:+.2f} SD" for row in rows.itertuples())
        console.print(f"{name} {UNITS[name]}, largest: {said}", soft_wrap=True, markup=False)


def _table(path: Path, table: pd.DataFrame) -> None:
    with atomic_output(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5g")


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("directions")(directions_command)
