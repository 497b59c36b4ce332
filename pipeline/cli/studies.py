"""Commands that answer a question: demo, reproduce, report, calibrate."""

import math
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.models import find_bundle
from brainaging.pipeline.cli.sources import chosen_grid
from brainaging.pipeline.data import Cohort, read_cohort
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.cohort_calibration import calibrate
from brainaging.pipeline.experiments.reproduce import BUNDLES, PARTS, Request, reproduce
from brainaging.pipeline.report import render_report, summary_picture
from brainaging.pipeline.report.inputs import SYNTHETIC
from brainaging.pipeline.results import to_frame
from brainaging.pipeline.runtime import UserError, log_to, seed_everything
from brainaging.pipeline.simulate import simulate

console = Console(width=None if Console().is_terminal else 120)
DEMO_SUBJECTS = 200


def reproduce_command(
    cohort: options.CohortTable,
    out: Annotated[Path, typer.Option(help="Folder for everything that comes of it.")] = Path("out"),
    grid: options.Grid = "t1w_32",
    budget: options.Budget = "full",
    only: Annotated[str | None, typer.Option(help=f"One part alone: {', '.join(PARTS)}.")] = None,
    morphometry: options.Morphometry = None,
    combat: Annotated[
        bool, typer.Option("--combat", help="Harmonise the table's sites inside every fold too (extra `combat`).")
    ] = False,
    seed: options.Seed = 0,
    workers: options.Workers = 2,
    restricted: options.Restricted = None,
    n4: options.N4 = False,
    strip: options.Strip = None,
    skip_bad: options.SkipBad = False,
) -> None:
    """Run every experiment of the original study that exists so far, into results.csv and report.html."""
    found = Cohort.load(cohort, restricted)
    study(
        found,
        out,
        grid,
        budget,
        seed,
        morphometry,
        combat,
        only=only,
        workers=workers,
        n4=n4,
        strip=strip,
        skip_bad=skip_bad,
    )


def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for everything that comes of it.")] = Path("demo"),
    subjects: Annotated[int, typer.Option(help="How many brains to simulate.")] = DEMO_SUBJECTS,
    seed: options.Seed = 0,
    workers: options.Workers = 2,
) -> None:
    """Simulate a cohort like HCP's and reproduce the study on it: needs no data, and 10 minutes on 2 cores."""
    source = simulate(
        out / "simulated", scenario="hcp-ya", subjects=subjects, seed=seed, spacing=4.0, workers=workers
    )
    table = source / "unrestricted.csv"
    study(read_cohort(source), out, "t1w_32", "short", seed, table, workers=workers)


def report_command(
    out: Annotated[Path, typer.Argument(help="A folder that `reproduce` or `demo` wrote.")],
) -> None:
    """Write report.html and summary.png anew from a finished run's files."""
    _summary(out)
    console.print(f"report: {render_report(out).resolve()}", soft_wrap=True)


def calibrate_command(
    scenario: options.Scenario = "hcp-ya",
    subjects: options.Subjects = None,
    seed: options.Seed = 0,
    workers: options.Workers = 2,
) -> None:
    """Print how near a simulated cohort comes to what the original study measured on HCP."""
    table = Table(title=f"{scenario}: accuracy with grouped folds", title_justify="left")
    for column in ("measure", "value", "95 % interval", "target", "met"):
        table.add_column(column)
    for row in calibrate(scenario, subjects, seed, workers=workers).itertuples():
        band = f"{row.ci_low:.3f} to {row.ci_high:.3f}"
        table.add_row(str(row.measure), f"{row.value:.3f}", band, str(row.source), "yes" if row.meets else "no")
    console.print(table)


def study(
    cohort: Cohort,
    out: Path,
    grid: str,
    budget: str,
    seed: int,
    morphometry: Path | None = None,
    combat: bool = False,
    *,
    workers: int,
    only: str | None = None,
    n4: bool = False,
    strip: str | None = None,
    skip_bad: bool = False,
) -> None:
    """Reproduce the study on a cohort, render its report and print its main numbers."""
    size, spec = get_budget(budget), chosen_grid(grid)
    with log_to(out / "run.log"):
        seed_everything(seed)
        request = Request(spec, only, morphometry, combat, workers, skip_bad, n4, strip)
        bundles = {name: find_bundle(name) for name in BUNDLES}
        results = reproduce(cohort, out, bundles, size, request, seed)
        report = render_report(out)
        _summary(out)
    table = to_frame(results)
    show_results(table.assign(**{name: pd.to_numeric(table[name]) for name in NUMBERS}))
    console.print(f"table: {(out / 'results.csv').resolve()}", soft_wrap=True)
    console.print(f"report: {report.resolve()}", soft_wrap=True)


def _summary(out: Path) -> None:
    """Write summary.png; a run without reconstructions or predictions has none, which is no error."""
    try:
        summary_picture(out, out / "summary.png")
    except UserError as error:
        console.print(f"no summary.png: {error}", soft_wrap=True, markup=False)


NUMBERS = ("value", "ci_low", "ci_high", "baseline_value", "original_value")
HEADLINES = {
    "sex": ("accuracy", "balanced_accuracy", "auc"),
    "age_bracket": ("accuracy",),
    "age_band": ("accuracy",),
    "age_years": ("mae", "r2"),
    "image": ("mse", "ssim"),
    "change": ("correlation",),
}
# Rows that belong in the report and not in a terminal.
ASIDE = ("residualised", "proportional", "matched", "pca2", "minus")
BARE = ("majority", "mean")
# Other learners stand in the report, beside these.
MAIN_MODELS = (
    "majority",
    "mean",
    "logistic_regression",
    "ridge",
    "autoencoder",
    "pca",
    "residual_network",
    "deformation",
    "voxel_regression",
)


def show_results(results: pd.DataFrame) -> None:
    """Print the rows that answer the main questions: raw scores, their intervals, baselines and the original's."""
    table = Table(title="held-out subjects, grouped folds", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("target", "from", "metric"):
        table.add_column(column, no_wrap=True)
    for column in ("value", "95 % interval", "baseline", "original"):
        table.add_column(column, justify="right", no_wrap=True)
    shown = set()
    for row in results.to_dict("records"):
        wanted = row["metric"] in HEADLINES.get(row["target"], ()) and row["split"] == "grouped"
        if row["experiment"] in SYNTHETIC and row["experiment"] != "judges":
            continue
        if not wanted or math.isnan(row["value"]) or row["model"] not in MAIN_MODELS:
            continue
        # both sides of a study begin with the same questions to no features at all
        key = (
            row["target"],
            row["features"],
            row["model"],
            row["metric"],
            row["modality"] * (row["model"] not in BARE),
        )
        if key in shown or any(word in row["features"] for word in ASIDE):
            continue
        shown.add(key)
        name = row["model"] if row["features"] == "none" or row["experiment"] == "judges" else row["features"]
        name = f"{name} by {row['model']}" if row["experiment"] == "edits" else name
        name = f"table {name}" if row["modality"] == "table" and name in ("latents", "head_size") else name
        words = (str(text).replace("_", " ") for text in (row["target"], name, row["metric"]))
        band = f"{_number(row['ci_low'])} to {_number(row['ci_high'])}"
        table.add_row(
            *words, _number(row["value"]), band, _number(row["baseline_value"]), _number(row["original_value"])
        )
    console.print(table)


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("demo")(demo_command)
    app.command("reproduce")(reproduce_command)
    app.command("report")(report_command)
    app.command("calibrate")(calibrate_command)
