"""A reproduction of the study from a cohort to a printed table, and the page anew of one that is finished."""

import logging
from pathlib import Path

from rich.console import Console

from brainaging.pipeline.cli.work.chosen import find_bundle
from brainaging.pipeline.cli.work.headline_table import headline_table
from brainaging.pipeline.data import Cohort
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.counterfactuals.one_edit import edit_beside_truth
from brainaging.pipeline.experiments.reproduce import BUNDLES, Request, reproduce
from brainaging.pipeline.report import render_report, summary_picture
from brainaging.pipeline.runtime import UserError, log_to, seed_everything

log = logging.getLogger(__name__)
console = Console(width=None if Console().is_terminal else 120)


def study(cohort: Cohort, out: Path, budget: str, seed: int, request: Request, edit: Path | None = None) -> None:
    """Reproduce the study on a cohort, render its report and print its main numbers.

    With the model of an ``edit``, one simulated scan is edited by it first, beside the truth.
    """
    size = get_budget(budget)
    with log_to(out / "run.log"):
        seed_everything(seed)
        if edit is not None:
            edit_beside_truth(edit, out)
        findings = reproduce(cohort, out, {name: find_bundle(name) for name in BUNDLES}, size, request, seed)
        page = render_report(out)
        write_summary(out)
    console.print(headline_table(findings, simulated=cohort.simulated))
    console.print(f"table: {(out / 'results.csv').resolve()}", soft_wrap=True)
    console.print(f"report: {page.resolve()}", soft_wrap=True)


def report(out: Path) -> None:
    """Write report.html and summary.png anew from a finished run's files, and say where.

    Raises:
        UserError: the folder is not there, or holds none of the files that a run leaves.
    """
    if not any((out / name).is_file() for name in ("results.csv", "provenance.json", "cohort.json")):
        found = "other files" if out.is_dir() else "no such folder"
        raise UserError(
            f"{out}: expected the folder that `reproduce` or `demo` wrote (results.csv), found {found}"
        )
    with log_to(out / "run.log"):
        write_summary(out)
        page = render_report(out)
    console.print(f"report: {page.resolve()}", soft_wrap=True)


def write_summary(out: Path) -> None:
    """Write summary.png; a run without reconstructions or predictions has none, which is no error."""
    log.info("drawing summary.png")
    try:
        summary_picture(out, out / "summary.png")
    except UserError as error:
        console.print(f"no summary.png: {error}", soft_wrap=True, markup=False)
