"""The command that learns what age, sex and head size change: directions."""

from pathlib import Path
from typing import Annotated, cast

import typer

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.choices import KNOTS_MM
from brainaging.pipeline.runtime import UserError, log_to, provenance, write_json


def directions_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote.")],
    out: Annotated[Path, typer.Option(help="Folder for the model and the tables.")] = Path("directions"),
    weights: Annotated[
        Path | None, typer.Option(help="A checkpoint: directions in this network's latents, and nothing else.")
    ] = None,
    bundle: Annotated[
        str, typer.Option(help=f"{options.BUNDLE_HELP} By default the autoencoder of what is prepared.")
    ] = "",
    seed: options.Seed = 0,
    restricted: options.Restricted = None,
    knots: options.Knots = KNOTS_MM,
    formula: Annotated[
        str | None,
        typer.Option(help="Of the design: 'age + sex + head_size + site'. By default age, sex and head size."),
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option(help="A CSV with subject (and session) and what else the formula names; it may have gaps."),
    ] = None,
) -> None:
    """Learn what age, sex and head size change in a cohort: a model for `brainaging edit`, and cosines.

    With --formula other covariates too, interactions and splines: each says what it adds to those three.
    """
    from brainaging.pipeline.cli.work.chosen import find_bundle
    from brainaging.pipeline.cli.work.direction_steps import LearningSettings, encode_people, learn_edit
    from brainaging.pipeline.counterfactual.covariates import cohort_covariates
    from brainaging.pipeline.counterfactual.open_covariates.cohort_columns import formula_columns, with_columns
    from brainaging.pipeline.data import Prepared
    from brainaging.pipeline.data.morphometry import PreparedTable, is_prepared_table

    if bundle and weights is None:
        raise UserError(f"--bundle {bundle}: give its checkpoint as --weights")
    if formula is not None and weights is not None:
        raise UserError("--formula: is of an edit; latents of --weights are of age, sex and head size")
    if people is not None and formula is None:
        raise UserError(f"--people {people}: expected a --formula that names its columns, found none")
    table = is_prepared_table(dataset_dir)
    if table and weights is None:
        raise UserError(f"{dataset_dir}: holds a morphometry table: give its network's checkpoint as --weights")
    load = PreparedTable.load if table else Prepared.load
    prepared = load(dataset_dir, restricted=restricted)
    known, complete = cohort_covariates(prepared.cohort, prepared.head_size)
    with log_to(out / "run.log"):
        facts: dict[str, object] = {"grid": prepared.fingerprint, "cohort": prepared.cohort.digest}
        if weights is None:
            scans = cast(Prepared, prepared)
            if formula is not None:
                known, complete = with_columns(known, complete, formula_columns(formula, scans, people))
            learn_edit(scans, known, complete, out, LearningSettings(seed, knots, formula))
            facts |= {"knots_mm": knots, "formula": formula}
        else:
            folder = find_bundle(bundle or ("morphometry_autoencoder" if table else "t1w_autoencoder"))
            encode_people(prepared, known, complete, out, seed, weights, folder)
            facts |= {"weights": weights.name, "bundle": folder.name}
        write_json(out / "provenance.json", provenance(seed, **facts))


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("directions")(directions_command)
