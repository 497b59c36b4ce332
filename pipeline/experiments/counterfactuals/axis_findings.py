"""Every way to edit that was scored, on the axes on which no change has 0 and the truth 1, as a task has them."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.score.axes.axis_scorer import CONTROLS, AxisScorer, System
from brainaging.pipeline.counterfactual.score.axes.linear_readings import LinearReadings
from brainaging.pipeline.counterfactual.score.scorer import TRUE, Scorer
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.tasks import task_layout as layout
from brainaging.pipeline.counterfactual.score.tasks.predicted_images import write_predictions
from brainaging.pipeline.counterfactual.score.tasks.scored_task import (
    People,
    ScoredTask,
    as_image,
    task_of_truth,
)
from brainaging.pipeline.counterfactual.score.tasks.task_reading import read_task
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.results import Finding
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)


def fitted_readings(
    prepared: Prepared, rows: np.ndarray, people: Covariates, reason: str
) -> tuple[LinearReadings | None, str]:
    """Return the score's readers, learned from ``rows`` (n,) of a cohort, and "": None and why where they are few.

    Args:
        prepared: the cohort.
        rows: people whom no edit learns from.
        people: their covariates.
        reason: why there are none of them, "" where there are.
    """
    if not len(rows):
        return None, reason
    log.info("learning the score's readers of age and sex from %d people", len(rows))
    try:
        return LinearReadings.fit(prepared.volumes(rows), prepared.grid, people.age, people.male), ""
    except UserError as error:
        return None, str(error)


def axis_findings(
    scorer: Scorer,
    truth: Truth,
    readings: tuple[LinearReadings | None, str],
    predictions: tuple[Path, Path] | None,
) -> list[Finding]:
    """Return the axes of all ways to edit that ``scorer`` tried and of controls, and the instruments' validity.

    Args:
        scorer: after its run.
        truth: of the simulated cohort.
        readings: of :func:`fitted_readings`.
        predictions: an exported task of the same people, and a folder that gets what each way edits, as
            predictions for it; None for none.

    Raises:
        UserError: the task is of other people.
    """
    held_out = scorer.held_out
    people = People(
        held_out.subjects, held_out.families, held_out.people.age, held_out.people.male, held_out.scans
    )
    task = task_of_truth(truth, people, scorer.edits, lambda edit: scorer.examples[edit.name, TRUE], readings)
    axes = AxisScorer(task, scorer.scoring)
    findings: list[Finding] = []
    for edit in scorer.edits:
        log.info("%s: the score's axes, and what its instruments recover", edit.name)
        findings += [*axes.validation(edit), *axes.controls(edit)]
        for method, change in _tried(scorer, edit.name):
            if method not in CONTROLS:
                system = System(method, n_train=scorer.n_train)
                findings += axes.score(edit, system, as_image(held_out.scans, change))
    if predictions is not None:
        _write_all(scorer, task, *predictions)
    return findings


def _tried(scorer: Scorer, edit: str) -> Iterator[tuple[str, np.ndarray]]:
    return ((method, change) for (of, method), change in scorer.examples.items() if of == edit and method != TRUE)


def _write_all(scorer: Scorer, task: ScoredTask, asked: Path, folder: Path) -> None:
    record, exported = read_task(asked)
    if list(exported.subjects) != list(task.subjects) or not np.array_equal(exported.scans, task.scans):
        raise UserError(f"{asked / layout.RECORD}: expected a task of the people who are scored, found another's")
    for method in dict.fromkeys(method for _, method in scorer.examples if method != TRUE):
        images = {
            edit.name: as_image(task.scans, scorer.examples[edit.name, method])
            for edit in scorer.edits
            if (edit.name, method) in scorer.examples
        }
        if len(images) == len(record.edits):
            write_predictions(folder / method, task, record.id, images)
