"""Who people become by an edit, and how their scans then truly change."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.counterfactual.covariates import HEAD_SIZE, SEX, Covariates
from brainaging.pipeline.counterfactual.score.edit_kinds import Edit
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth, by_anatomy
from brainaging.pipeline.runtime import UserError, counted
from brainaging.pipeline.simulate import Cause

log = logging.getLogger(__name__)


@dataclass
class EditTargets:
    """What the people of one edit are and become.

    Attributes:
        before, after: their covariates.
        true: (n, X, Y, Z) true changes; None of real people.
        oracle: (n, X, Y, Z) changes by the scenario's mean fields on the person's own anatomy; None likewise.
    """

    before: Covariates
    after: Covariates
    true: np.ndarray | None = None
    oracle: np.ndarray | None = None

    @property
    def directions(self) -> np.ndarray:
        """Which way the edit goes for each person (n,): −1 from man to woman, else 1."""
        return np.where(self.after.male < self.before.male, -1.0, 1.0)


def edit_targets(
    edit: Edit, truth: Truth | None, subjects: Sequence[str], people: Covariates, size_ratio: float
) -> EditTargets:
    """Say who ``subjects`` (n) become by an edit, and render their true counterfactuals.

    Args:
        edit: the edit.
        truth: of a simulated cohort; None of a real one.
        subjects: who they are.
        people: their covariates.
        size_ratio: head size of men by that of women, for edits in which it follows sex.
    """
    after = people.older(edit.years)
    if HEAD_SIZE in edit.covariates:
        after = after.with_head_size(people.head_size * size_ratio ** np.where(people.male > 0.5, -1.0, 1.0))
    if SEX in edit.covariates:
        after = after.as_sex(1 - people.male)
    if truth is None:
        return EditTargets(people, after)
    before = truth.of(subjects)
    own_rate, mean_rate = counterfactuals(edit, truth, subjects, size_ratio)
    true = truth.changes(before, own_rate)
    return EditTargets(people, after, true, true if mean_rate is own_rate else truth.changes(before, mean_rate))


def counterfactuals(
    edit: Edit, truth: Truth, subjects: Sequence[str], size_ratio: float
) -> tuple[list[Cause], list[Cause]]:
    """Return who ``subjects`` (n) become by an edit, ageing at their own rate and at the scenario's mean rate."""
    causes = truth.of(subjects)
    if SEX in edit.covariates:
        causes = [cause.with_values(sex="F" if cause.sex == "M" else "M") for cause in causes]
    if HEAD_SIZE in edit.covariates:
        # of the sex that they have become
        causes = [
            cause.with_values(head_size=cause.head_size * (size_ratio if cause.sex == "M" else 1 / size_ratio))
            for cause in causes
        ]
    if not edit.years:
        return causes, causes
    older = [cause.with_values(age=cause.age + edit.years) for cause in causes]
    return older, [truth.typical(cause, edit.years) for cause in causes]


def renderable(edits: Sequence[Edit], truth: Truth, subjects: Sequence[str]) -> np.ndarray:
    """Return of which ``subjects`` (n,) every counterfactual exists, and warn of the others.

    Before anything is learned: where effects are strong, the warp of an old person who is to be older still folds,
    and one such person may not cost the whole score.

    Raises:
        UserError: of none.
    """
    become = [each for edit in edits for each in counterfactuals(edit, truth, subjects, truth.male_ratio)]
    able = np.ones(len(subjects), dtype=bool)
    for number in counted(by_anatomy(truth.of(subjects)), "checking that counterfactuals exist, people"):
        able[number] = all(truth.exists(causes[number]) for causes in become)
    if not able.any():
        raise UserError(
            f"edits: the warps of all {len(able)} held-out people fold; reduce the scenario's amplitudes"
        )
    if not able.all():
        log.warning("%d of %d held-out people are not scored: moved, their warps fold", (~able).sum(), len(able))
    return able
