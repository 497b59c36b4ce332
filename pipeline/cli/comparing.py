"""The command that compares two results tables: compare."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.results import Finding, read_results
from brainaging.pipeline.results.comparison import (
    IDENTITY,
    Comparison,
    Pair,
    compare,
    counts,
    to_differences,
)
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
    comparison = compare(_read(before), _read(after), tolerance)
    for line in _lines(comparison, everything):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    _show_counts(comparison)
    if out is not None:
        with atomic_output(out) as temporary:
            to_differences(comparison).to_csv(temporary, index=False, encoding="utf-8")
    if not comparison.same:
        raise typer.Exit(EXIT_DIFFERENT)


def _read(path: Path) -> list[Finding]:
    return read_results(path / "results.csv" if path.is_dir() else path)


def _lines(comparison: Comparison, everything: bool) -> Iterable[str]:
    if everything:
        yield from (f"equal: {_name(pair.before)}" for pair in comparison.equal)
    yield from (_difference(pair) for pair in comparison.differing)
    yield from (f"only before: {_name(finding)}" for finding in comparison.only_before)
    yield from (f"only after: {_name(finding)}" for finding in comparison.only_after)


def _name(finding: Finding) -> str:
    """Return a finding's kind and codes, as results.csv has them."""
    codes = ((name, getattr(finding, name, "")) for name in IDENTITY if name != "kind")
    return " ".join((finding.kind, *(f"{name}={code}" for name, code in codes if code not in ("", 0))))


def _difference(pair: Pair) -> str:
    changes = (
        f"{name} {_cell(getattr(pair.before, name))} → {_cell(getattr(pair.after, name))}" for name in pair.columns
    )
    size = "" if math.isinf(pair.relative) else f" by {pair.relative:.2g}"
    return f"differs{size}: {_name(pair.before)}: {', '.join(changes)}"


def _cell(content: object) -> str:
    if isinstance(content, float):
        return "–" if math.isnan(content) else f"{content:.6g}"
    return str(content) or "–"


def _show_counts(comparison: Comparison) -> None:
    tally = counts(comparison)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("experiment", no_wrap=True)
    for name in tally.columns:
        table.add_column(name, justify="right", no_wrap=True)
    for experiment, row in zip(tally.index, tally.to_numpy(), strict=True):
        table.add_row(str(experiment), *map(str, row))
    console.print(table)
    total = ", ".join(f"{number} {name}" for name, number in tally.sum().items())
    console.print(f"in all: {total}", soft_wrap=True, highlight=False)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("compare")(compare_command)
