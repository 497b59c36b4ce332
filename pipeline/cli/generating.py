"""The command that makes brains: of anybody, or to order."""

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli import options
from brainaging.pipeline.runtime import UserError, log_to

console = Console()
log = logging.getLogger(__name__)
GAN, CONDITIONAL = "t1w_gan", "t1w_conditional_generator"
#: brains that are made where nobody says how many
COUNT = 100


def generate_command(
    dataset_dir: Annotated[
        Path | None,
        typer.Argument(help="Folder that `brainaging prepare` wrote, whose grid is taken; else the weights' own."),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help=f"A checkpoint of {CONDITIONAL} or {GAN}. By default the weights that ship."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for volumes, latents and table.")] = Path("synthetic"),
    count: Annotated[
        int | None, typer.Option(min=1, help=f"How many brains, {COUNT} by default; of each row of --people, 1.")
    ] = None,
    age: Annotated[str | None, typer.Option(help="Years, such as 60, or a range 20:80.")] = None,
    sex: Annotated[str | None, typer.Option(help="F or M.")] = None,
    head_size: Annotated[str | None, typer.Option(help="Brain volume in mL, such as 1450, or a range.")] = None,
    people: Annotated[
        Path | None,
        typer.Option(help="A CSV of people: age, sex, head_size, or what else is learned; an empty cell is any."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Another covariate of the weights' design, such as site=NYU; again for more."),
    ] = None,
    guidance: Annotated[
        float, typer.Option(min=0, help="Weight of what is asked: 1 makes people as they are.")
    ] = 1.0,
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Label structures too: the template's aparc+aseg, aligned."),
    ] = False,
    seed: options.Seed = 0,
) -> None:
    """Generate brains: NIfTI volumes, the table of their latents, and of what was asked and measured.

    With weights of t1w_conditional_generator brains are of the age, sex and head size that is asked for; what
    is not asked is as people have it. With the same seed brains differ by what is asked alone. Weights of
    t1w_gan know no ages, and make brains of anybody or of one sex.
    """
    from brainaging.pipeline.cli.work.brain_labels import write_labels
    from brainaging.pipeline.cli.work.chosen import (
        check_fits,
        infer,
        load_prepared,
        shipped_file,
        trained_settings,
    )
    from brainaging.pipeline.cli.work.ordered_readings import add_readings
    from brainaging.pipeline.engines import place_value, read_checkpoint

    others = options.named_values(where or [], "--where")
    asked = {"age": age, "head_size": head_size, "people": people, "where": others or None}
    wanted = [name for name, value in asked.items() if value is not None]
    chosen = weights or shipped_file(bundle_path(CONDITIONAL if wanted else GAN))
    to_order = "covariates" in read_checkpoint(chosen).get("settings", {})
    if wanted and not to_order:
        raise UserError(
            f"generate --{wanted[0].replace('_', '-')}: expected weights of {CONDITIONAL}, found {chosen}, whose "
            "latents know nothing of it"
        )
    folder = bundle_path(CONDITIONAL if to_order else GAN)
    if dataset_dir is not None:
        check_fits(folder, load_prepared(dataset_dir))
    settings = trained_settings(folder, chosen)
    if to_order:
        settings |= {"age": age, "sex": sex, "head_size": head_size, "guidance": guidance}
        settings |= {"people": None if people is None else place_value(people), "others": others}
    elif sex is not None:
        settings["sex"] = sex
    number = count or (1 if people is not None else COUNT)
    with log_to(out / "run.log"):
        infer(folder, dataset_dir, chosen, out, count=number, seed=seed, **settings)
        read = add_readings(out) if to_order else ""
        if labels:
            write_labels(out)
    tables = f"what was asked, measured{read} in {out / 'brains.csv'}, " if to_order else ""
    console.print(f"brains in {out / 'volumes'}, {tables}their latents in {out / 'latents.csv'}", soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("generate")(generate_command)
