"""Exports a cohort as a task, and scores predictions for one from their files alone."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from brainaging.pipeline.cli.work.axes_table import (
    NOTHING_AND_TRUTH,
    axes_table,
    groups_line,
    instrument_lines,
    instrument_table,
)
from brainaging.pipeline.counterfactual.score.edit_kinds import EDITS
from brainaging.pipeline.experiments.counterfactuals.edit_study import EditStudy
from brainaging.pipeline.experiments.counterfactuals.task_export import export_task, score_predictions
from brainaging.pipeline.report import render_report
from brainaging.pipeline.results import Finding, write_results
from brainaging.pipeline.runtime import log_to, provenance, seed_everything, write_json


def print_axes(console: Console, findings: Sequence[Finding], structures: bool = False) -> None:
    """Print the axes' tables, what the instruments recover, and how many groups intervals draw.

    Args:
        console: where to.
        findings: of a score.
        structures: whether the instrument's table has a row a structure.
    """
    for edit in EDITS:
        table = axes_table(edit.name, findings)
        if table.row_count:
            console.print(table)
        if structures and (recovered := instrument_table(edit.name, findings)).row_count:
            console.print(recovered)
    console.print(NOTHING_AND_TRUTH, soft_wrap=True)
    for line in [*instrument_lines(findings), groups_line(findings)]:
        if line:
            console.print(line, soft_wrap=True, markup=False, highlight=False)


def export(console: Console, study: EditStudy, folder: Path) -> None:
    """Write a study's held-out people as a task, and say where."""
    identity = export_task(study, folder)
    console.print(f"task {identity}: {folder.resolve()}", soft_wrap=True)
    console.print("its answers lie in answers/: give entrants the task without them", soft_wrap=True)


def score_task(console: Console, task: Path, systems: Sequence[Path], out: Path) -> None:
    """Score predictions for a task, write results.csv and the report into ``out``, and print the axes."""
    with log_to(out / "run.log"):
        record, findings = score_predictions(task, systems)
        seed_everything(record.seed)
        write_results(findings, out / "results.csv")
        facts = {"grid": record.grid.fingerprint, "cohort": record.cohort, "task": record.id}
        write_json(out / "provenance.json", provenance(record.seed, **facts))
        page = render_report(out)
    print_axes(console, findings, structures=True)
    console.print(f"table: {(out / 'results.csv').resolve()}", soft_wrap=True)
    console.print(f"report: {page.resolve()}", soft_wrap=True)
