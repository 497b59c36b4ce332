"""Options that several commands share: one name, one meaning, one help text each."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from brainaging.bundles import bundle_names
from brainaging.pipeline.cli.choices import GRIDS
from brainaging.pipeline.experiments.budget import BUDGETS
from brainaging.pipeline.runtime import UserError

BUNDLE_HELP = f"A bundle's name ({', '.join(bundle_names())}) or its folder."

CohortTable = Annotated[Path, typer.Argument(help="The table that `brainaging cohort` wrote.")]
Grid = Annotated[str, typer.Option(help=f"Grid that the scans are placed on: {', '.join(GRIDS)}.")]
Budget = Annotated[str, typer.Option(help=f"How much it may cost: {', '.join(BUDGETS)}.")]
Seed = Annotated[int, typer.Option(help="Same seed and machine, same numbers.")]
Workers = Annotated[int, typer.Option(help="Processes.")]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Place the scans by the workers of this Dask scheduler, as tcp://host:8786, and not by --workers of "
        "this machine (extra `dask`).",
    ),
]
Scenario = Annotated[str, typer.Option(help="hcp-ya, lifespan, follow-up, or a YAML file of your own.")]
Subjects = Annotated[int | None, typer.Option(help="How many; the scenario's own number if left out.")]
Restricted = Annotated[
    Path | None, typer.Option(help="HCP's restricted CSV, where it has moved since `brainaging cohort`.")
]
Morphometry = Annotated[
    Path | None,
    typer.Option(help="A FreeSurfer table: HCP's unrestricted CSV, a table file, or a folder of them."),
]
Atlas = Annotated[
    str | None,
    typer.Option(
        help="With --morphometry: keep the parcels of one atlas of the cortex: desikan-killiany, dkt, destrieux "
        "or exvivo; all keeps every one. By default DKT's go where Desikan-Killiany's are there too."
    ),
]
N4 = Annotated[bool, typer.Option("--n4", help="Correct the bias field first (N4).")]
Strip = Annotated[
    str | None,
    typer.Option(help="Strip whole heads first: deepbet, which is installed as an extra (see the README)."),
]
Anatomies = Annotated[
    Path | None,
    typer.Option(
        help="Stripped scans (CSV or folder, as `brainaging cohort` reads) that people are made from, each warped "
        "and aged on its own tissue. The scenario's own, or the template, if left out."
    ),
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Set bad rows and scans aside in excluded.csv.")]
Knots = Annotated[float, typer.Option(min=8, max=60, help="Distance of the knots of the learned fields, mm.")]
FixOrientation = Annotated[
    bool | None,
    typer.Option(
        "--fix-orientation/--trust-orientation",
        show_default=False,
        help="What to do with a brain that does not lie as its header says: mend it, or trust the header. By "
        "default it is refused. A pure left-right flip cannot be seen.",
    ),
]


def named_values(words: list[str], option: str) -> dict[str, str]:
    """Return values by name from ``NAME=VALUE`` of a repeated option.

    Raises:
        UserError: a word without a name or ``=``, or a name that is there twice.
    """
    parts = [text.partition("=") for text in words]
    if strange := [text for text, (name, equals, _) in zip(words, parts, strict=True) if not (name and equals)]:
        raise UserError(f"{option}: expected such as site=NYU, found {strange[0]!r}")
    names = [name.strip() for name, _, _ in parts]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UserError(f"{option}: expected one value of {twice[0]}, found {names.count(twice[0])}")
    return {name: value.strip() for name, (_, _, value) in zip(names, parts, strict=True)}


def orientation_rule(fix: bool | None) -> Literal["check", "fix", "trust"]:
    """Return the rule that ``--fix-orientation`` or ``--trust-orientation`` asks for."""
    return "check" if fix is None else "fix" if fix else "trust"
