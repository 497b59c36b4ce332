"""The command that compares two results tables: compare."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.pipeline.runtime import atomic_output

console = Console(width=None if Console().is_terminal else 120)
EXIT_DIFFERENT = 1
Run = Annotated[Path, typer.Argument(help="A results.csv, or a run's folder that holds one.")]


def compare_command(
    before: Run,
    after: Run,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Largest relative difference that counts as equal; 0: to the last digit.")
    ] = 0.0,
    out: Annotated[Path | None, typer.Option(help="Write the differences as a table (CSV).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Name the findings that are equal too.")] = False,
) -> None:
    """Compare two results tables finding by finding; exit code 0 if they are equal, 1 if they differ.

    A finding is identified by its codes, whatever its numbers of subjects and seed. Differences are relative to
    the largest of a finding's numbers, and the largest come first.
    """
    from brainaging.pipeline.cli.work.comparison_text import counts_table, lines, totals
    from brainaging.pipeline.results import read_results
    from brainaging.pipeline.results.comparison import compare, to_differences

    old, new = (read_results(path / "results.csv" if path.is_dir() else path) for path in (before, after))
    comparison = compare(old, new, tolerance)
    for line in lines(comparison, everything):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print(counts_table(comparison))
    console.print(f"in all: {totals(comparison)}", soft_wrap=True, highlight=False)
    if out is not None:
        with atomic_output(out) as temporary:
            to_differences(comparison).to_csv(temporary, index=False, encoding="utf-8")
    if not comparison.same:
        raise typer.Exit(EXIT_DIFFERENT)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("compare")(compare_command)
