"""A simulated cohort as a task that anybody can take, and the scores of whoever has taken it."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.score.axes.axis_scorer import AxisScorer, System
from brainaging.pipeline.counterfactual.score.tasks.predicted_images import read_predictions
from brainaging.pipeline.counterfactual.score.tasks.scored_task import People, task_of_truth
from brainaging.pipeline.counterfactual.score.tasks.task_layout import TaskRecord
from brainaging.pipeline.counterfactual.score.tasks.task_reading import read_task
from brainaging.pipeline.counterfactual.score.tasks.task_writing import Entrants, Origin, write_task
from brainaging.pipeline.counterfactual.score.true_changes import counterfactuals
from brainaging.pipeline.experiments.counterfactuals.axis_findings import fitted_readings
from brainaging.pipeline.experiments.counterfactuals.edit_study import EditStudy
from brainaging.pipeline.results import Finding, Scoring
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)


def export_task(study: EditStudy, folder: Path) -> str:
    """Write the task that a study's truth makes of its held-out people into ``folder``; return its id.

    Entrants learn from those whom the edit would learn from; whom readers learn from is in no part of the task.

    Raises:
        UserError: a study without truth, or as :func:`write_task`.
    """
    truth, prepared, edits = study.truth, study.prepared, study.settings.edits
    if truth is None:
        raise UserError("a task: expected a simulated cohort, whose truth is known")
    parts = study.parts()
    groups = np.asarray(prepared.cohort.groups())
    names, files = prepared.cohort.table["subject"].to_numpy(dtype=str), prepared.files

    def entrants(rows: np.ndarray) -> Entrants:
        known = parts.people(rows)
        people = Covariates(known.age, known.male, prepared.head_size[rows])
        return Entrants([str(name) for name in names[rows]], people, groups[rows], [files[row] for row in rows])

    held_out = entrants(parts.test)
    people = People(
        held_out.subjects, held_out.groups, held_out.people.age, held_out.people.male, prepared.volumes(parts.test)
    )
    readings = fitted_readings(prepared, parts.reader, parts.people(parts.reader), parts.no_reader)
    task = task_of_truth(
        truth,
        people,
        edits,
        lambda edit: truth.changes(
            truth.of(people.subjects), counterfactuals(edit, truth, people.subjects, truth.male_ratio)[0]
        ),
        readings,
    )
    origin = Origin(prepared.cohort.name, study.settings.seed, truth.male_ratio)
    return write_task(folder, task, entrants(parts.edit), held_out, origin)


def score_predictions(folder: Path, systems: Sequence[Path]) -> tuple[TaskRecord, list[Finding]]:
    """Return a task's record, and the findings of predictions for it, of the controls, and of its instruments.

    Args:
        folder: the task, with its answers.
        systems: folders of predictions, whose names stand for those who made them.

    Raises:
        UserError: as :func:`read_task` and :func:`read_predictions`, or two folders of one name.
    """
    record, task = read_task(folder)
    names = [system.resolve().name for system in systems]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UserError(f"predictions: expected folders of different names, found {twice[0]!r} twice")
    # all are read before anything is measured, so that a mistake is said at once
    images = {name: read_predictions(system, task, record.id) for name, system in zip(names, systems, strict=True)}
    scoring = Scoring(record.cohort, "T1w", record.seed, task.groups)
    axes = AxisScorer(task, scoring)
    findings: list[Finding] = []
    for edit in record.edits:
        log.info("%s: the score's axes, and what its instruments recover", edit.name)
        findings += [*axes.validation(edit), *axes.controls(edit)]
        for name, edited in images.items():
            findings += axes.score(edit, System("predictions", name), edited[edit.name])
    return record, findings
