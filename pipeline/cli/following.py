"""The command that predicts later sessions of people who are followed, and compares with what came: followup."""

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.choices import Space
from brainaging.pipeline.runtime import log_to, provenance, seed_everything, write_json

log = logging.getLogger(__name__)
console = Console(width=None if Console().is_terminal else 140)


def followup_command(
    cohort: Annotated[
        Path,
        typer.Argument(help="A BIDS dataset with sessions, or the table that `brainaging cohort` wrote of one."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for placed scans, model, results.csv and report.")] = Path(
        "followup"
    ),
    grid: options.Grid = "t1w_48",
    space: Annotated[
        Space | None, typer.Option(help="template: in MNI or AC-PC space already. native: register first.")
    ] = None,
    restricted: options.Restricted = None,
    skip_bad: options.SkipBad = False,
    seed: options.Seed = 0,
) -> None:
    """Predict the later sessions of people who are followed, and score against the scans that came.

    Learned from first sessions of some people; of the others the second session is predicted from the first, and
    the third from the first two, beside rivals, with the floor that retests set and the people that it takes to
    tell methods apart.
    """
    from brainaging.pipeline.cli.work.chosen import chosen_grid
    from brainaging.pipeline.cli.work.followup_tables import NOT_DRAWN_FROM, followup_lines, followup_tables
    from brainaging.pipeline.data import read_cohort
    from brainaging.pipeline.data.cohorts import Problems
    from brainaging.pipeline.data.visits import session_days, timelines
    from brainaging.pipeline.experiments.followup.follow_up_study import FollowUpStudy, complete
    from brainaging.pipeline.report import render_report
    from brainaging.pipeline.results import write_results

    spec = chosen_grid(grid)
    with log_to(out / "run.log"):
        seed_everything(seed)
        log.info("reading the cohort")
        people = read_cohort(cohort, restricted=restricted, space=space, skip_bad=skip_bad)
        problems = Problems()
        found = timelines(people, session_days(people, problems), problems)
        found = complete(people, found, problems)
        if not skip_bad:
            problems.raise_if_any(str(cohort), "skip-bad sets them aside")
        for problem in problems:
            log.warning("set aside: %s", problem)
        findings = FollowUpStudy(people, found, spec, out, seed).run()
        write_results(findings, out / "results.csv")
        facts = {"grid": spec.fingerprint, "cohort": people.digest}
        write_json(out / "provenance.json", provenance(seed, **facts))
        write_json(out / "cohort.json", people.summary())
        report = render_report(out)
    for table in followup_tables(findings):
        console.print(table)
    for line in followup_lines(found, findings):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print(NOT_DRAWN_FROM, soft_wrap=True)
    console.print(f"report: {report.resolve()}", soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("followup")(followup_command)
