"""Commands on the bundles that are installed: bundles, which lists, checks and exports them."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from brainaging.bundles import bundle_path, model_names
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.runtime.shipped_weights import bundle_metadata, check_shipped, shipped_weights

console = Console(width=None if Console().is_terminal else 120)
bundles = typer.Typer()
#: letters of a hash that are shown
SHOWN = 12
NONE = "–"


@bundles.callback(invoke_without_command=True)
def bundles_command(context: typer.Context) -> None:
    """List the bundles that are installed, or do what follows with them."""
    if context.invoked_subcommand is None:
        list_command()


@bundles.command("list")
def list_command() -> None:
    """List what is installed: name, version, weights, their hash and grid, licence."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("bundle", "version", "weights", "size", "SHA-256", "grid", "licence of weights"):
        table.add_column(column)
    for name in model_names():
        table.add_row(name, *_described(bundle_path(name)))
    console.print(table)


@bundles.command("check")
def check_command(
    names: Annotated[list[str] | None, typer.Argument(help="Bundles; all if none is named.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="A check to do; may be given several times.")] = None,
    schema: Annotated[Path | None, typer.Option(help="A copy of the zoo's meta_schema_20240725.json.")] = None,
    work: Annotated[Path | None, typer.Option(help="Keep toy cohorts, runs and exports here.")] = None,
) -> None:
    """Do MONAI's checks on each bundle, and print bundle by check; ends with 1 where one fails.

    The checks: metadata, network, ids, properties, weights, torchscript, onnx, run, processes.
    """
    from brainaging.pipeline.cli.bundle_checks.check_run import verdicts

    found = []
    with tempfile.TemporaryDirectory() as temporary:
        for verdict in verdicts(names or [], only or [], (work or Path(temporary)).absolute(), schema):
            sign = "passed" if verdict.passed else "FAILED"
            line = f"{verdict.bundle}: {verdict.check} {sign} in {verdict.seconds:.0f} s"
            typer.echo(f"{line}: {verdict.note}" if verdict.note else line)
            found.append(verdict)
    table = Table(box=box.SIMPLE_HEAD)
    checks = list(dict.fromkeys(verdict.check for verdict in found))
    for column in ("bundle", *checks):
        table.add_column(column)
    signs = {(verdict.bundle, verdict.check): "ok" if verdict.passed else "FAILED" for verdict in found}
    for name in dict.fromkeys(verdict.bundle for verdict in found):
        table.add_row(name, *(signs[name, check] for check in checks))
    console.print(table)
    if not all(verdict.passed for verdict in found):
        raise typer.Exit(1)


@bundles.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(help="Where the bundles go, one a folder.")],
    names: Annotated[list[str] | None, typer.Argument(help="Bundles; all with weights if none is named.")] = None,
) -> None:
    """Write bundles as the hub on Hugging Face takes them: a flat folder each, its model card above."""
    from brainaging.pipeline.cli.bundle_checks.hub_folder import hub_folder

    for name in names or []:
        if name not in model_names():
            raise UserError(f"bundle: expected one of {', '.join(model_names())}, found {name!r}")
    with_weights = [name for name in model_names() if shipped_weights(bundle_path(name)) is not None]
    if not (chosen := names or with_weights):
        raise UserError("bundles: expected weights to export, found none: `brainaging weights` makes them")
    for name in chosen:
        typer.echo(str(hub_folder(bundle_path(name), folder)))


def _described(bundle: Path) -> tuple[str, ...]:
    """Return the cells of a bundle's row after its name."""
    version = str(bundle_metadata(bundle).get("version", ""))
    weights = shipped_weights(bundle)
    if weights is None:
        return version, "none: train it", NONE, NONE, NONE, NONE
    name = str(weights.path.relative_to(bundle))
    if not weights.path.is_file():
        return version, f"{name} is missing", NONE, weights.sha256[:SHOWN], weights.grid or NONE, weights.licence
    try:
        check_shipped(weights.path)
    except UserError:
        name += " (another file)"
    size = f"{weights.path.stat().st_size / 1e6:.1f} MB"
    return version, name, size, weights.sha256[:SHOWN], weights.grid or NONE, weights.licence


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.add_typer(bundles, name="bundles")
