"""The score that no other system has: predicted change against the true counterfactual of the same person."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from brainaging.pipeline.analysis.edits.covariates import AGE, HEAD_SIZE, SEX, Covariates
from brainaging.pipeline.analysis.edits.judge import Judge
from brainaging.pipeline.analysis.edits.measures import (
    judged,
    map_measures,
    own_share,
    reversal,
    slope_error,
    volume_measures,
)
from brainaging.pipeline.analysis.edits.methods import FixedMap, Method
from brainaging.pipeline.analysis.edits.truth import Truth
from brainaging.pipeline.analysis.intervals import mean_ratio
from brainaging.pipeline.analysis.results import Result
from brainaging.transforms import template_mask

log = logging.getLogger(__name__)
EXPERIMENT = "edits"
#: fluid and skull's place around the brain count: that is where its edge goes
REACH_MM = 12.0
TRUE_MAP, ORACLE = "mean_true_map", "scenario_oracle"


@dataclass(frozen=True)
class Edit:
    """One question: ``name``, what it ``changes``, by how many ``years``, and whether head size follows sex."""

    name: str
    changes: tuple[str, ...]
    years: float = 0.0


EDITS = (
    Edit("age+10", (AGE,), 10.0),
    Edit("age+20", (AGE,), 20.0),
    Edit("sex", (SEX,)),
    Edit("sex_and_head_size", (SEX, HEAD_SIZE)),
)


@dataclass
class Answers:
    """What the people of one edit are and become.

    Attributes:
        before, after: their covariates.
        true: (n, X, Y, Z) true changes.
        oracle: (n, X, Y, Z) changes by the scenario's mean fields on the person's own anatomy.
    """

    before: Covariates
    after: Covariates
    true: np.ndarray
    oracle: np.ndarray


def answers(edit: Edit, truth: Truth, subjects: Sequence[str], people: Covariates) -> Answers:
    """Render the true counterfactuals of ``subjects`` (n)."""
    before = truth.of(subjects)
    after = people
    asked = before
    if AGE in edit.changes:
        asked = [cause.with_values(age=cause.age + edit.years) for cause in before]
        after = after.older(edit.years)
    if SEX in edit.changes:
        asked = [cause.with_values(sex="F" if cause.sex == "M" else "M") for cause in asked]
        after = after.as_sex(1 - people.male)
    if HEAD_SIZE in edit.changes:
        ratio = truth.renderer.scenario.head_size.male_ratio ** np.where(people.male > 0.5, -1.0, 1.0)
        asked = [
            cause.with_values(head_size=cause.head_size * factor)
            for cause, factor in zip(asked, ratio, strict=True)
        ]
        after = after.with_head_size(after.head_size * ratio)
    true = truth.changes(before, asked)
    oracle = true
    if AGE in edit.changes:
        oracle = truth.changes(before, [truth.typical(cause, edit.years) for cause in before])
    return Answers(people, after, true, oracle)


@dataclass
class Scorer:
    """Scores methods on held-out people.

    Attributes:
        truth: of the cohort.
        scans: (n, X, Y, Z), held out.
        subjects: (n) whose.
        people: their covariates.
        groups: (n,) families.
        judge: of edited brains; None leaves it out.
        blank: a row of the results table with cohort, counts and seed.
        replicates: bootstrap draws.
    """

    truth: Truth
    scans: np.ndarray
    subjects: Sequence[str]
    people: Covariates
    groups: np.ndarray
    judge: Judge | None
    blank: Result
    replicates: int = 1000

    def __post_init__(self) -> None:
        self.grid = self.truth.grid
        self.mask = template_mask(self.grid, dilate_mm=REACH_MM)
        self.rows: list[Result] = []
        self.examples: dict[tuple[str, str], np.ndarray] = {}

    def run(self, methods: Sequence[Method], edits: Sequence[Edit] = EDITS) -> list[Result]:
        """Score every method on every edit that it can make, the best single map and the oracle beside them."""
        for edit in edits:
            log.info("%s: rendering the truth of %d people", edit.name, len(self.scans))
            found = answers(edit, self.truth, self.subjects, self.people)
            self.examples[edit.name, "true"] = found.true
            beside: list[Method] = [FixedMap.of_others(found.true), FixedMap(found.oracle, ORACLE)]
            best = float(
                np.nanmean(
                    map_measures(beside[0].change(self.scans, *[self.people] * 2), found.true, self.mask)[
                        "correlation"
                    ]
                )
            )
            for method in [*methods, *beside]:
                if set(edit.changes) <= set(method.changes):
                    self._score(edit, method, found, best)
        return self.rows

    def _score(self, edit: Edit, method: Method, found: Answers, best: float) -> None:
        log.info("%s by %s", edit.name, method.name)
        predicted = method.change(self.scans, found.before, found.after)
        self.examples[edit.name, method.name] = predicted
        maps = map_measures(predicted, found.true, self.mask)
        values = {**maps, "slope_error": slope_error(predicted, found.true, self.grid)}
        values["identity"] = own_share(predicted, self.scans, found.true, self.mask)
        beside = (TRUE_MAP, best)
        for metric, each in values.items():
            self._row(edit, method.name, metric, each, beside=beside if metric == "correlation" else ("", np.nan))
        for name, rows in (("F", self.people.male < 0.5), ("M", self.people.male > 0.5)):
            self._row(edit, method.name, f"correlation_{name}", maps["correlation"], rows=rows)
        sizes = volume_measures(self.scans, predicted, found.true, self.grid)
        self._row(edit, method.name, "ventricle_ratio", sizes["ventricles"], sizes["true_ventricles"])
        truth_drift = ("true", float(sizes["true_head_size_drift"].mean()))
        self._row(edit, method.name, "head_size_drift", sizes["head_size_drift"], beside=truth_drift)
        if self.judge is not None:
            said = judged(self.judge, self.scans + predicted, found.before, found.after, self.scans)
            so = judged(self.judge, self.scans + found.true, found.before, found.after, self.scans)
            for metric, each in said.items():
                self._row(
                    edit, method.name, metric, each, beside=("true counterfactuals", float(so[metric].mean()))
                )
        if not isinstance(method, FixedMap):
            none = np.abs(method.change(self.scans[:4], found.before[:4], found.before[:4])).max(axis=(1, 2, 3))
            self._row(edit, method.name, "composition_error", none, rows=np.arange(len(none)))
            few = slice(0, 24)
            back = reversal(
                method, self.scans[few], predicted[few], found.before[few], found.after[few], self.mask
            )
            self._row(edit, method.name, "reversibility_error", back, rows=np.arange(len(back)))

    def _row(
        self,
        edit: Edit,
        model: str,
        metric: str,
        top: np.ndarray,
        bottom: np.ndarray | float = 1.0,
        *,
        rows: np.ndarray | None = None,
        beside: tuple[str, float] = ("", float("nan")),
    ) -> None:
        """Add one number with its interval over families."""
        kept = np.arange(len(top)) if rows is None else np.arange(len(self.groups))[rows]
        over = top[kept] if len(top) == len(self.groups) else top
        under = bottom[kept] if isinstance(bottom, np.ndarray) else bottom
        row = replace(self.blank, experiment=EXPERIMENT, features=edit.name, target="change", model=model)
        row = replace(row, metric=metric, baseline=beside[0], baseline_value=beside[1], n_test=len(kept))
        if np.isfinite(over).all():
            value, low, high = mean_ratio(over, under, self.groups[kept], self.blank.seed, self.replicates)
            row = replace(row, value=value, ci_low=low, ci_high=high)
        self.rows.append(row)
