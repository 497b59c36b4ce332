"""The score that no other system has: predicted change against the true counterfactual of the same person."""

import logging
from collections.abc import Mapping, Sequence
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
#: people on whom the laws, there and back and nothing at all, are tried
FEW = 24
TRUE_MAP, ORACLE = "mean_true_map", "scenario_oracle"


@dataclass(frozen=True)
class Edit:
    """One question: ``name``, what it ``changes``, by how many ``years``, and whether head size follows sex."""

    name: str
    changes: tuple[str, ...]
    years: float = 0.0


#: those that figures show
AGED, SEXED = Edit("age+10", (AGE,), 10.0), Edit("sex", (SEX,))
EDITS = (
    AGED,
    Edit("age+20", (AGE,), 20.0),
    SEXED,
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
        judge: of edited brains.
        blank: a row of the results table with cohort, counts and seed.
        replicates: bootstrap draws.
    """

    truth: Truth
    scans: np.ndarray
    subjects: Sequence[str]
    people: Covariates
    groups: np.ndarray
    judge: Judge
    blank: Result
    replicates: int = 1000

    def __post_init__(self) -> None:
        self.grid = self.truth.grid
        self.mask = template_mask(self.grid, dilate_mm=REACH_MM)
        self.rows: list[Result] = []
        self.examples: dict[tuple[str, str], np.ndarray] = {}

    def run(self, methods: Sequence[Method]) -> list[Result]:
        """Score every method on every edit that it can make, the best single map and the oracle beside them."""
        for edit in EDITS:
            log.info("%s: rendering the truth of %d people", edit.name, len(self.scans))
            found = answers(edit, self.truth, self.subjects, self.people)
            self.examples[edit.name, "true"] = found.true
            beside: list[Method] = [FixedMap.of_others(found.true), FixedMap(found.oracle, ORACLE)]
            # what every other score stands beside comes first
            best: dict[str, float] = {}
            for method in [*beside, *methods]:
                if set(edit.changes) <= set(method.changes):
                    best = self._score(edit, method, found, best) or best
        return self.rows

    def _score(self, edit: Edit, method: Method, found: Answers, best: Mapping[str, float]) -> dict[str, float]:
        """Add the rows of one method; return its scores where it is the best single map."""
        log.info("%s by %s", edit.name, method.name)
        predicted = method.change(self.scans, found.before, found.after)
        self.examples[edit.name, method.name] = predicted
        values = map_measures(predicted, found.true, self.mask)
        for name, rows in (("f", self.people.male < 0.5), ("m", self.people.male > 0.5)):
            values[f"correlation_{name}"] = np.where(rows, values["correlation"], np.nan)
        values["slope_error"] = slope_error(predicted, found.true, self.grid)
        values["identity"] = own_share(predicted, self.scans, found.true, self.mask)
        sizes = volume_measures(self.scans, predicted, found.true, self.grid)
        values["ventricle_ratio"] = sizes["ventricles"]
        beside = {name: (TRUE_MAP, value) for name, value in best.items()}
        beside["head_size_drift"] = ("true", float(sizes["true_head_size_drift"].mean()))
        values["head_size_drift"] = sizes["head_size_drift"]
        given = (found.before, found.after, self.scans)
        so = judged(self.judge, self.scans + found.true, *given)
        values |= judged(self.judge, self.scans + predicted, *given)
        beside |= {name: ("true counterfactuals", float(each.mean())) for name, each in so.items()}
        if not isinstance(method, FixedMap):
            values["composition_error"] = self._padded(
                np.abs(method.change(self.scans[:FEW], found.before[:FEW], found.before[:FEW])).max(axis=(1, 2, 3))
            )
            back = reversal(
                method, self.scans[:FEW], predicted[:FEW], found.before[:FEW], found.after[:FEW], self.mask
            )
            values["reversibility_error"] = self._padded(back)
            beside |= {"composition_error": ("no error", 0.0), "reversibility_error": ("no error", 0.0)}
        told = {}
        for metric, each in values.items():
            over = sizes["true_ventricles"] if metric == "ventricle_ratio" else np.ones(len(each))
            told[metric] = self._row(edit, method.name, metric, each, over, beside.get(metric, ("", np.nan)))
        return told if method.name == TRUE_MAP else {}

    def _padded(self, values: np.ndarray) -> np.ndarray:
        """Return values of the first people, NaN for the others."""
        return np.append(values, np.full(len(self.scans) - len(values), np.nan))

    def _row(
        self, edit: Edit, model: str, metric: str, top: np.ndarray, bottom: np.ndarray, beside: tuple[str, float]
    ) -> float:
        """Add and return mean(top) / mean(bottom) with its interval over families, of people in whom it exists."""
        kept = np.isfinite(top)
        row = replace(self.blank, experiment=EXPERIMENT, features=edit.name, target="change", model=model)
        row = replace(row, metric=metric, baseline=beside[0], baseline_value=beside[1], n_test=int(kept.sum()))
        if not kept.any():
            return float("nan")
        value, low, high = mean_ratio(top[kept], bottom[kept], self.groups[kept], self.blank.seed, self.replicates)
        self.rows.append(replace(row, value=value, ci_low=low, ci_high=high))
        return value
