"""A reproduction of the study from a cohort to a printed table, and the page anew of one that is finished."""

import logging
from pathlib import Path

from rich.console import Console

from brainaging.pipeline.cli.work.chosen import find_bundle, shipped_model
from brainaging.pipeline.cli.work.headline_table import headline_table
from brainaging.pipeline.data import Cohort
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.counterfactuals.one_edit import edit_beside_truth
from brainaging.pipeline.experiments.reproduce import BUNDLES, Request, reproduce
from brainaging.pipeline.experiments.shipped.brains_beside_people import BUNDLE, brains_beside_people
from brainaging.pipeline.report import render_report, summary_picture
from brainaging.pipeline.report.chapters.edits import write_edit_figures
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.runtime import UserError, log_to, seed_everything

log = logging.getLogger(__name__)
console = Console(width=None if Console().is_terminal else 120)


#: what models that ship do before a demo's own training, by the bundle that holds them
SHOWN = {"edit": edit_beside_truth, BUNDLE: brains_beside_people}


def study(cohort: Cohort, out: Path, budget: str, seed: int, request: Request, *, shipped: bool = False) -> None:
    """Reproduce the study on a cohort, render its report and print its main numbers.

    Where ``shipped``, it is shown first what the models do that ship with the package, those that are there.
    """
    size = get_budget(budget)
    with log_to(out / "run.log"):
        seed_everything(seed)
        for bundle, show in SHOWN.items() if shipped else ():
            if (model := shipped_model(bundle)) is not None:
                show(model, out)
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
    """Write summary.png, and of a scan that a shipped edit moved film.png and change.png.

    A run without reconstructions or predictions has no summary, which is no error.
    """
    log.info("drawing summary.png")
    if (edited := read_run(out).one_edit) is not None:
        write_edit_figures(edited, out)
    try:
        summary_picture(out, out / "summary.png")
    except UserError as error:
        console.print(f"no summary.png: {error}", soft_wrap=True, markup=False)
