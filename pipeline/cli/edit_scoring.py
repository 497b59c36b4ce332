"""The command that scores ways to edit brains against the truth of simulated people: score."""

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.choices import KNOTS_MM
from brainaging.pipeline.runtime import UserError, log_to, provenance, seed_everything, write_json

log = logging.getLogger(__name__)
console = Console(width=None if Console().is_terminal else 120)

Task = Annotated[
    Path | None,
    typer.Option(
        help="A task's folder: score --predictions for it, or without them what its instruments recover."
    ),
]
Predictions = Annotated[
    list[Path] | None,
    typer.Option(help="With --task: a folder of edited images; give it again for another system's."),
]
ExportTask = Annotated[
    Path | None, typer.Option(help="Write the held-out people as a task that anybody can take, and stop.")
]
PredictionsFor = Annotated[
    Path | None,
    typer.Option(
        help="The exported task of this very cohort: OUT/predictions gets what every method edits for it."
    ),
]


def score_command(
    scenario: options.Scenario = "lifespan",
    subjects: options.Subjects = 1150,
    held_out: Annotated[int, typer.Option(min=8, help="How many people are scored, at most.")] = 100,
    grid: options.Grid = "t1w_48",
    out: Annotated[Path, typer.Option(help="Folder for cohort, model, results.csv and report.")] = Path("score"),
    seed: options.Seed = 0,
    workers: options.Workers = 2,
    knots: options.Knots = KNOTS_MM,
    anatomies: options.Anatomies = None,
    skip_bad: options.SkipBad = False,
    export_task: ExportTask = None,
    task: Task = None,
    predictions: Predictions = None,
    predictions_for: PredictionsFor = None,
) -> None:
    """Score every way to edit a brain against the true counterfactuals of simulated people.

    Anybody's edits are scored from their files: --export-task writes a task, --task with --predictions scores it.
    """
    import numpy as np

    from brainaging.pipeline.cli.work.anatomy_scans import (
        anatomy_counts,
        anatomy_source,
        check_enough_to_score,
    )
    from brainaging.pipeline.cli.work.chosen import chosen_grid
    from brainaging.pipeline.cli.work.edit_outputs import NOT_A_FUTURE
    from brainaging.pipeline.cli.work.score_table import score_table
    from brainaging.pipeline.cli.work.task_scores import export, print_axes, score_task
    from brainaging.pipeline.counterfactual.score import SHARED_MODEL
    from brainaging.pipeline.counterfactual.score.edit_kinds import EDITS
    from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
    from brainaging.pipeline.data import prepare, read_cohort
    from brainaging.pipeline.experiments.counterfactuals.edit_study import EditSettings, EditStudy, held_out_fold
    from brainaging.pipeline.report import render_report
    from brainaging.pipeline.report.chapters.edits import write_edit_figures
    from brainaging.pipeline.results import DirectionCosine, NotComputed, words, write_results
    from brainaging.pipeline.simulate import simulate

    if predictions and task is None:
        raise UserError("--predictions: expected --task with the folder of the task that they are for")
    if task is not None:
        if export_task is not None or predictions_for is not None:
            raise UserError("--task: expected --predictions beside it or nothing, found an option of a new score")
        score_task(console, task, predictions or [], out)
        return
    spec = chosen_grid(grid)
    with log_to(out / "run.log"):
        seed_everything(seed)
        scans = anatomy_source(scenario, anatomies, skip_bad)
        check_enough_to_score(scans)
        source = simulate(out / "simulated", scenario, subjects, seed, 4.0, workers, anatomies=scans)
        log.info("reading the cohort")
        prepared = prepare(read_cohort(source), spec, out / "prepared", workers=workers)
        fold = held_out_fold(prepared.cohort, held_out, seed)
        truth = Truth.open(source, spec)
        written = None if predictions_for is None else (predictions_for, out / "predictions")
        settings = EditSettings(knots_mm=knots, seed=seed, predictions=written)
        study = EditStudy(prepared, fold, out, out / "model", truth, settings)
        if export_task is not None:
            export(console, study, export_task)
            return
        findings = study.run()
        write_results(findings, out / "results.csv")
        facts = {"grid": spec.fingerprint, "cohort": prepared.cohort.digest, "scenario": str(scenario)}
        write_json(out / "provenance.json", provenance(seed, **facts, knots_mm=knots))
        summary = prepared.summary()
        if scans is not None:
            rows = [str(name) for name in prepared.cohort.table["subject"]]
            brains = {subject: cause.anatomy for subject, cause in truth.causes.items()}
            summary["anatomies"] = anatomy_counts(brains, rows, *fold)
        write_json(out / "cohort.json", summary)
        report = render_report(out)
        log.info("drawing what edits change")
        with np.load(out / "edits.npz", allow_pickle=False) as arrays:
            pictures = write_edit_figures(dict(arrays), out)
    for edit in EDITS:
        console.print(score_table(edit.name, findings))
    print_axes(console, findings)
    for finding in findings:
        if isinstance(finding, NotComputed):
            console.print(f"not computed: {finding.reason}", soft_wrap=True, markup=False)
        if isinstance(finding, DirectionCosine) and finding.metric == "cosine_age_sex":
            covariates = words("covariates", finding.covariates)
            console.print(f"cosine of age and sex, {covariates}: {finding.value:.2f}")
    if scans is not None:
        counts = summary["anatomies"]
        console.print(
            f"anatomies: {counts['learned_from']} learned from, {counts['tried_on']} tried on, "
            f"{counts['tried_on_unseen']} of them unseen; brains and ventricles are the scans' own"
        )
    console.print(SHARED_MODEL, soft_wrap=True)
    console.print(NOT_A_FUTURE)
    console.print(f"pictures: {', '.join(str(path) for path in pictures)}", soft_wrap=True)
    console.print(f"report: {report.resolve()}", soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("score")(score_command)
