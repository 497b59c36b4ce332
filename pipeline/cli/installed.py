"""Commands on the bundles that are installed: bundles, which lists them."""

from pathlib import Path

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
