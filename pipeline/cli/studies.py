"""Commands that answer a question: demo, reproduce, report, calibrate."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.choices import PARTS
from brainaging.pipeline.runtime import log_to

console = Console(width=None if Console().is_terminal else 120)
DEMO_SUBJECTS = 200
#: of a reproduction: what so few people can show. Sensitivity: none, which sections the report has
DEMO_PARTS = ("scans", "table")


def reproduce_command(
    cohort: options.CohortTable,
    out: Annotated[Path, typer.Option(help="Folder for everything that comes of it.")] = Path("out"),
    grid: options.Grid = "t1w_32",
    budget: options.Budget = "full",
    only: Annotated[str | None, typer.Option(help=f"One part alone: {', '.join(PARTS)}.")] = None,
    morphometry: options.Morphometry = None,
    atlas: options.Atlas = None,
    combat: Annotated[
        bool, typer.Option("--combat", help="Harmonise the table's sites inside every fold too (extra `combat`).")
    ] = False,
    seed: options.Seed = 0,
    workers: options.Workers = 2,
    scheduler: options.Scheduler = None,
    restricted: options.Restricted = None,
    n4: options.N4 = False,
    strip: options.Strip = None,
    fix_orientation: options.FixOrientation = None,
    skip_bad: options.SkipBad = False,
) -> None:
    """Run every experiment of the original study that exists so far, into results.csv and report.html."""
    from brainaging.pipeline.cli.work.chosen import chosen_grid
    from brainaging.pipeline.cli.work.study import study
    from brainaging.pipeline.data import Cohort
    from brainaging.pipeline.experiments.reproduce import Request

    rule = options.orientation_rule(fix_orientation)
    parts = () if only is None else (only,)
    by = workers if scheduler is None else scheduler
    request = Request(chosen_grid(grid), parts, morphometry, combat, by, skip_bad, n4, strip, rule, atlas)
    study(Cohort.load(cohort, restricted), out, budget, seed, request)


def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for everything that comes of it.")] = Path("demo"),
    subjects: Annotated[int, typer.Option(help="How many brains to simulate.")] = DEMO_SUBJECTS,
    seed: options.Seed = 0,
    workers: options.Workers = 2,
) -> None:
    """Show what the models that ship do, and train on a simulated cohort like HCP's: needs no data, and 5 minutes.

    One scan is edited beside the truth and brains are made to order beside people, all of them seen by no model;
    then autoencoders of scans and of tables are trained on 200 people and compared with their baselines. Synthetic
    brains and edits that are learned anew need more people and time: `brainaging reproduce`.
    """
    from brainaging.pipeline.cli.work.chosen import chosen_grid
    from brainaging.pipeline.cli.work.study import study
    from brainaging.pipeline.data import read_cohort
    from brainaging.pipeline.experiments.reproduce import Request
    from brainaging.pipeline.simulate import simulate

    with log_to(out / "run.log"):
        source = simulate(
            out / "simulated", scenario="hcp-ya", subjects=subjects, seed=seed, spacing=4.0, workers=workers
        )
    table = source / "unrestricted.csv"
    request = Request(chosen_grid("t1w_32"), DEMO_PARTS, morphometry=table, workers=workers)
    study(read_cohort(source), out, "short", seed, request, shipped=True)


def report_command(
    out: Annotated[Path, typer.Argument(help="A folder that `reproduce` or `demo` wrote.")],
) -> None:
    """Write report.html and summary.png anew from a finished run's files."""
    from brainaging.pipeline.cli.work.study import report

    report(out)


def calibrate_command(
    scenario: options.Scenario = "hcp-ya",
    subjects: options.Subjects = None,
    seed: options.Seed = 0,
    workers: options.Workers = 2,
) -> None:
    """Print how near a simulated cohort comes to what the original study measured on HCP.

    The effects of hcp-ya were set so that these numbers are about met: a check of the simulation, and no result.
    """
    from brainaging.pipeline.experiments.cohort_calibration import calibrate

    table = Table(title=f"{scenario}: accuracy with grouped folds", title_justify="left")
    for column in ("measure", "value", "95 % interval", "target", "met"):
        table.add_column(column)
    for row in calibrate(scenario, subjects, seed, workers=workers).itertuples():
        band = f"{row.ci_low:.3f} to {row.ci_high:.3f}"
        table.add_row(str(row.measure), f"{row.value:.3f}", band, str(row.source), "yes" if row.meets else "no")
    console.print(table)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("demo")(demo_command)
    app.command("reproduce")(reproduce_command)
    app.command("report")(report_command)
    app.command("calibrate")(calibrate_command)
