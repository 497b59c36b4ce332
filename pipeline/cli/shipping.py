"""The command that trains the weights that ship, and says what they are worth: weights."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli import options
from brainaging.pipeline.runtime import UserError, log_to

console = Console(width=None if Console().is_terminal else 120)
EXIT_OUTSIDE = 1


def weights_command(
    bundle: Annotated[str, typer.Argument(help="Whose weights: a bundle's name, or edit.")],
    out: Annotated[
        Path, typer.Option(help="Folder for people, weights and figures; several bundles share it.")
    ] = Path("weights"),
    measure: Annotated[
        bool, typer.Option("--measure", help="Train nothing: measure the weights that ship, as their card says.")
    ] = False,
    real_scans: Annotated[
        Path | None,
        typer.Option(help="A cohort of stripped scans (ds002748) that sex and age are read of, too."),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="For morphometry_autoencoder: the folder of AOMIC PIOP2's tables.")
    ] = None,
    seed: options.Seed = 0,
    workers: options.Workers = 2,
    install: Annotated[
        bool, typer.Option("--install", help="In a checkout: put them into the bundle, with hash and figures.")
    ] = False,
) -> None:
    """Train the weights that ship by their recipe, measure them, and compare with what ships.

    Every figure of a retraining must lie within the 95 % interval of what ships; else the exit code is 1.
    """
    from brainaging.pipeline.cli.work.chosen import shipped_file
    from brainaging.pipeline.cli.work.weights_steps import core_minutes, installed, made_people, measured, show
    from brainaging.pipeline.experiments.shipped.figures import outside, write_figures
    from brainaging.pipeline.experiments.shipped.installation import Weights
    from brainaging.pipeline.experiments.shipped.recipe_training import train
    from brainaging.pipeline.experiments.shipped.recipes import recipe_of
    from brainaging.pipeline.runtime.shipped_weights import bundle_metadata

    recipe = recipe_of(bundle)
    folder = bundle_path(bundle)
    if measure and install:
        raise UserError("weights: expected --measure or --install, found both")
    with log_to(out / bundle / "run.log"):
        people = made_people(recipe, out, table, workers)
        if measure:
            weights = shipped_file(folder)
        else:
            generator = out / recipe.generator / "model.pt" if recipe.generator else None
            begun = time.process_time()
            weights = train(recipe, folder, people, out / bundle, seed, generator)
            minutes = core_minutes(out / bundle / "cost.json", time.process_time() - begun)
        figures = measured(recipe, folder, weights, people, out, real_scans)
        write_figures(figures, out / bundle / "measured.csv")
    shipped = bundle_metadata(folder).get("eval_metrics", {})
    console.print(show(bundle, figures, shipped))
    if install:
        for path in installed(Weights(weights, recipe, minutes), figures, folder):
            console.print(f"written: {path}", soft_wrap=True)
        return
    console.print(f"{weights}; figures in {out / bundle / 'measured.csv'}", soft_wrap=True)
    if far := outside(figures, shipped):
        console.print(f"outside the interval of what ships: {', '.join(far)}", soft_wrap=True)
        raise typer.Exit(EXIT_OUTSIDE)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("weights")(weights_command)
