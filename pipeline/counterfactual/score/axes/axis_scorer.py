"""Scores edited images, anybody's, on every axis, and says what its instruments recover."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, SEX
from brainaging.pipeline.counterfactual.score.axes.axis_values import AxisValues
from brainaging.pipeline.counterfactual.score.axes.change_axes import change_axes
from brainaging.pipeline.counterfactual.score.axes.reading_axes import reading_axes
from brainaging.pipeline.counterfactual.score.axes.structure_axes import structure_axes
from brainaging.pipeline.counterfactual.score.edit_kinds import Edit
from brainaging.pipeline.counterfactual.score.structures.instrument_validation import (
    Recovery,
    recovery,
    seen_structures,
)
from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES
from brainaging.pipeline.counterfactual.score.structures.volume_instruments import INSTRUMENTS
from brainaging.pipeline.counterfactual.score.tasks.scored_task import ScoredTask, as_image
from brainaging.pipeline.results import EditScore, InstrumentScore, Scoring
from brainaging.pipeline.runtime import counted

log = logging.getLogger(__name__)
EXPERIMENT = "edits"
#: the score's own instrument
CHOSEN = next(iter(INSTRUMENTS))
#: shares of the true change that are scored beside the systems: what the axes give them is the scale's own check
CONTROLS = {"no_change": 0.0, "half_true_change": 0.5, "true_change": 1.0, "twice_true_change": 2.0}


@dataclass(frozen=True)
class System:
    """Whose edits are scored.

    Attributes:
        model: its code in results; "predictions" of one that is known by its files alone.
        name: of such a one, "" of others.
        n_train: people that it learned from, 0 where this is not known.
    """

    model: str
    name: str = ""
    n_train: int = 0


class AxisScorer:
    """Scores edited images against a task's answers."""

    def __init__(self, task: ScoredTask, scoring: Scoring) -> None:
        """Take a task, and what findings have in common; its groups must be the task's."""
        self.task, self.scoring = task, scoring
        self._true_ml: dict[tuple[str, str], np.ndarray] = {}
        self._true_read: dict[str, Mapping[str, np.ndarray]] = {}

    def score(self, edit: Edit, system: System, edited: np.ndarray) -> list[EditScore]:
        """Return a finding an axis of edited images (n, X, Y, Z) on the task's grid."""
        log.info("%s by %s: measuring", edit.name, system.name or system.model)
        scoring = self.scoring
        findings: list[EditScore] = []
        for axis, values in self._axes(edit, edited).items():
            value, low, high = values.estimate(self.task.groups, scoring.seed, scoring.replicates)
            if np.isfinite(value):
                kept = values.measured
                findings.append(
                    EditScore(
                        **scoring.common(EXPERIMENT, system.n_train, int(kept.sum())),
                        edit=edit.name,
                        model=system.model,
                        system=system.name,
                        metric=axis,
                        value=value,
                        ci_low=low,
                        ci_high=high,
                        baseline="true_change",
                        baseline_value=1.0,
                        n_groups=len(np.unique(self.task.groups[kept])),
                    )
                )
        return findings

    def controls(self, edit: Edit) -> list[EditScore]:
        """Return the findings of no change, of half the true change, of all of it, and of twice as much."""
        change = self.task.change(self.task.true[edit.name])
        findings: list[EditScore] = []
        for model, share in CONTROLS.items():
            edited = self.task.true[edit.name] if share == 1 else as_image(self.task.scans, share * change)
            findings += self.score(edit, System(model), edited)
        return findings

    def validation(self, edit: Edit) -> list[InstrumentScore]:
        """Return what the instruments recover of an edit's true changes: each of all structures together, in per
        cent of their volumes, the score's own of every structure, and the readers of age and sex.
        """
        task = self.task
        findings: list[InstrumentScore] = []
        with np.errstate(invalid="ignore", divide="ignore"):
            true = 100 * (task.after_ml[edit.name] - task.before_ml) / task.before_ml
            measured = {name: 100 * self._measured_truth(edit, name) / self._volumes for name in INSTRUMENTS}
        # a real anatomy may lack a structure
        whole = np.isfinite(true).all(axis=0) & np.isfinite(measured[CHOSEN]).all(axis=0)
        for instrument, values in measured.items():
            part = recovery(values[:, whole], true[:, whole])
            findings += self._recovered(edit, instrument, "all", part, len(true))
        ours, seen = measured[CHOSEN], self._seen(edit)
        findings += self._recovered(edit, CHOSEN, "those seen", recovery(ours[:, seen], true[:, seen]), len(true))
        for column in np.flatnonzero(whole):
            part = recovery(ours[:, column], true[:, column])
            findings += self._recovered(edit, CHOSEN, NAMES[column], part, len(true))
        return findings + self._readers(edit)

    def _readers(self, edit: Edit) -> list[InstrumentScore]:
        """Return the years that readers see gained in true counterfactuals by those asked for, and how age and sex
        as read correlate with what they are, over scans and counterfactuals.
        """
        if self.task.readings is None:
            return []
        before, after = self._read, self._truth_read(edit)
        count = len(self._few)
        age, male = self.task.age[:count], self.task.male[:count]
        findings: list[InstrumentScore] = []
        if AGE in edit.covariates:
            slope = float((after["age"] - before["age"]).mean()) / edit.years
            r = np.corrcoef(np.append(before["age"], after["age"]), np.append(age, age + edit.years))[0, 1]
            part = Recovery(slope, float(r), float("nan"))
            findings += self._recovered(edit, "age_reader", "", part, count)
        if SEX in edit.covariates:
            r = np.corrcoef(np.append(before["sex"], after["sex"]), np.append(male, 1 - male))[0, 1]
            findings += self._recovered(
                edit, "sex_reader", "", Recovery(float("nan"), float(r), float("nan")), count
            )
        return findings

    def _recovered(
        self, edit: Edit, instrument: str, structure: str, part: Recovery, count: int
    ) -> list[InstrumentScore]:
        values = {"instrument_slope": part.slope, "instrument_r": part.r, "instrument_skill": part.skill}
        common = self.scoring.common(EXPERIMENT, 0, count)
        return [
            InstrumentScore(
                **common, edit=edit.name, instrument=instrument, structure=structure, metric=metric, value=value
            )
            for metric, value in values.items()
            if np.isfinite(value)
        ]

    def _axes(self, edit: Edit, edited: np.ndarray) -> dict[str, AxisValues]:
        task, true = self.task, self.task.true[edit.name]
        axes = change_axes(task.change(edited), task.change(true))
        axes |= structure_axes(
            self._changes_ml(CHOSEN, edited),
            self._measured_truth(edit, CHOSEN),
            self._volumes,
            self._seen(edit),
            len(task),
        )
        if task.readings is not None:
            read = task.readings.read(edited[self._few])
            axes |= reading_axes(edit, self._read, read, self._truth_read(edit), len(task))
        return axes

    @cached_property
    def _few(self) -> range:
        return range(len(self.task.labels))

    @cached_property
    def _volumes(self) -> np.ndarray:
        return np.stack([self.task.labelled(person).volumes() for person in self._few])

    @cached_property
    def _read(self) -> dict[str, np.ndarray]:
        return {} if self.task.readings is None else self.task.readings.read(self.task.scans[self._few])

    def _changes_ml(self, instrument: str, edited: np.ndarray) -> np.ndarray:
        measure = INSTRUMENTS[instrument]
        people = counted(self._few, "measuring structures of edited images", announce=False)
        return np.stack([measure(self.task.labelled(person), edited[person]) for person in people])

    def _measured_truth(self, edit: Edit, instrument: str) -> np.ndarray:
        key = edit.name, instrument
        if key not in self._true_ml:
            self._true_ml[key] = self._changes_ml(instrument, self.task.true[edit.name])
        return self._true_ml[key]

    def _seen(self, edit: Edit) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            measured = self._measured_truth(edit, CHOSEN) / self._volumes
            true = self.task.after_ml[edit.name] / self.task.before_ml - 1
        return seen_structures(measured, true)

    def _truth_read(self, edit: Edit) -> Mapping[str, np.ndarray]:
        readings = self.task.readings
        if edit.name not in self._true_read and readings is not None:
            self._true_read[edit.name] = readings.read(self.task.true[edit.name][self._few])
        return self._true_read[edit.name]
