"""The score that no other system has: predicted change against the true counterfactual of the same person."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX, Covariates
from brainaging.pipeline.counterfactual.methods import FixedMap, Method
from brainaging.pipeline.counterfactual.readers import Judge
from brainaging.pipeline.counterfactual.score.agreement import (
    Volumes,
    judged,
    map_measures,
    own_share,
    reversal,
    slope_error,
)
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import Cause
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.transforms import GridSpec, template_mask

log = logging.getLogger(__name__)
EXPERIMENT = "edits"
#: fluid and skull's place around the brain count: that is where its edge goes
REACH_MM = 12.0
#: people on whom the laws, there and back and nothing at all, are tried
FEW = 24
TRUE_MAP, ORACLE = "mean_true_map", "scenario_oracle"
#: ages, years, between which people are scored by themselves, where not all are of one span
SPANS = {"to_40": (0.0, 40.0), "40_to_60": (40.0, 60.0), "from_60": (60.0, np.inf)}


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
        true: (n, X, Y, Z) true changes; None of real people.
        oracle: (n, X, Y, Z) changes by the scenario's mean fields on the person's own anatomy; None likewise.
    """

    before: Covariates
    after: Covariates
    true: np.ndarray | None
    oracle: np.ndarray | None


def answers(edit: Edit, truth: Truth | None, subjects: Sequence[str], people: Covariates, ratio: float) -> Answers:
    """Say who ``subjects`` (n) become by an edit, and render their true counterfactuals.

    Args:
        edit: the question.
        truth: of a simulated cohort; None of a real one.
        subjects: who they are.
        people: their covariates.
        ratio: head size of men by that of women, for edits in which it follows sex.
    """
    sizes = ratio ** np.where(people.male > 0.5, -1.0, 1.0) if HEAD_SIZE in edit.changes else np.ones(len(people))
    after = people.older(edit.years).with_head_size(people.head_size * sizes)
    if SEX in edit.changes:
        after = after.as_sex(1 - people.male)
    if truth is None:
        return Answers(people, after, None, None)
    before = truth.of(subjects)
    asked, typical = counterfactuals(edit, truth, subjects, ratio)
    true = truth.changes(before, asked)
    return Answers(people, after, true, true if typical is asked else truth.changes(before, typical))


def counterfactuals(
    edit: Edit, truth: Truth, subjects: Sequence[str], ratio: float
) -> tuple[list[Cause], list[Cause]]:
    """Return who ``subjects`` (n) become by an edit, and who at the scenario's mean rate of ageing."""
    asked = truth.of(subjects)
    if SEX in edit.changes:
        asked = [cause.with_values(sex="F" if cause.sex == "M" else "M") for cause in asked]
    if HEAD_SIZE in edit.changes:
        # of the sex that they have become
        asked = [
            cause.with_values(head_size=cause.head_size * (ratio if cause.sex == "M" else 1 / ratio))
            for cause in asked
        ]
    if not edit.years:
        return asked, asked
    older = [cause.with_values(age=cause.age + edit.years) for cause in asked]
    return older, [truth.typical(cause, edit.years) for cause in asked]


def renderable(edits: Sequence[Edit], truth: Truth, subjects: Sequence[str]) -> np.ndarray:
    """Return of which ``subjects`` (n,) every counterfactual exists, and warn of the others.

    Before anything is learned: where effects are strong, the warp of an old person who is to be older still folds,
    and one such person may not cost the whole score.

    Raises:
        UserError: of none.
    """
    able = np.ones(len(subjects), dtype=bool)
    for edit in edits:
        for causes in counterfactuals(edit, truth, subjects, truth.male_ratio):
            able &= [truth.exists(cause) for cause in causes]
    if not able.any():
        raise UserError(
            f"edits: the warps of all {len(able)} held-out people fold; reduce the scenario's amplitudes"
        )
    if not able.all():
        log.warning("%d of %d held-out people are not scored: moved, their warps fold", (~able).sum(), len(able))
    return able


@dataclass(frozen=True)
class Goal:
    """What edited brains stand beside: the true counterfactuals; of real people, the scans as they are.

    Attributes:
        name: which of the two.
        volumes: of these brains.
        judged: what the judge says of them, of :func:`judged`.
    """

    name: str
    volumes: Volumes
    judged: Mapping[str, np.ndarray]


@dataclass
class Scorer:
    """Scores methods on held-out people.

    Attributes:
        truth: of a simulated cohort; None of a real one, in which what an edit does is measured, and not how near
            it comes.
        grid: of the scans.
        scans: (n, X, Y, Z), held out.
        subjects: (n) whose.
        people: their covariates.
        groups: (n,) families.
        judge: of edited brains.
        blank: a row of the results table with cohort, counts and seed.
        edits: what is asked.
        ratio: head size of men by that of women in the training scans.
        replicates: bootstrap draws.
    """

    truth: Truth | None
    grid: GridSpec
    scans: np.ndarray
    subjects: Sequence[str]
    people: Covariates
    groups: np.ndarray
    judge: Judge
    blank: Result
    edits: Sequence[Edit] = EDITS
    ratio: float = 1.0
    replicates: int = 1000

    def __post_init__(self) -> None:
        self.mask = template_mask(self.grid, dilate_mm=REACH_MM)
        self.volumes = Volumes.of(self.scans, self.grid)
        self.years = self.judge.years(self.scans, self.people.head_size)
        self.rows: list[Result] = []
        self.examples: dict[tuple[str, str], np.ndarray] = {}

    def run(self, methods: Sequence[Method]) -> list[Result]:
        """Score every method on every edit that it can make, the best single map and the oracle beside them."""
        for edit in self.edits:
            log.info("%s: %d people", edit.name, len(self.scans))
            ratio = self.ratio if self.truth is None else self.truth.male_ratio
            found = answers(edit, self.truth, self.subjects, self.people, ratio)
            beside: list[Method] = []
            if found.true is not None and found.oracle is not None:
                self.examples[edit.name, "true"] = found.true
                beside = [FixedMap.of_others(found.true), FixedMap(found.oracle, ORACLE)]
            goal = self._goal(found)
            # what every other score stands beside comes first
            best: dict[str, float] = {}
            for method in [*beside, *methods]:
                if set(edit.changes) <= set(method.changes):
                    best = self._score(edit, method, found, goal, best) or best
        return self.rows

    def _goal(self, found: Answers) -> Goal:
        given = (found.before, found.after, self.years)
        if found.true is None:
            return Goal("scans as they are", self.volumes, judged(self.judge, self.scans, *given))
        true = self.scans + found.true
        return Goal("true counterfactuals", Volumes.of(true, self.grid), judged(self.judge, true, *given))

    def _score(
        self, edit: Edit, method: Method, found: Answers, goal: Goal, best: Mapping[str, float]
    ) -> dict[str, float]:
        """Add the rows of one method; return its scores where it is the best single map."""
        log.info("%s by %s", edit.name, method.name)
        predicted = method.change(self.scans, found.before, found.after)
        self.examples[edit.name, method.name] = predicted
        made = Volumes.of(self.scans + predicted, self.grid)
        values = judged(self.judge, self.scans + predicted, found.before, found.after, self.years)
        drift, meant = (
            self._with_sexes("head_size_drift", one.drift(self.volumes)) for one in (made, goal.volumes)
        )
        values |= drift
        over: dict[str, np.ndarray] = {}
        if found.true is not None:
            grown = [one.ventricles - self.volumes.ventricles for one in (made, goal.volumes)]
            values = self._nearness(predicted, found.true) | {"ventricle_ratio": grown[0]} | values
            over["ventricle_ratio"] = grown[1]
        beside = {name: (TRUE_MAP, value) for name, value in best.items()}
        beside |= {
            name: (goal.name, float(np.nanmean(each))) for name, each in meant.items() if np.isfinite(each).any()
        }
        beside |= {name: (goal.name, float(each.mean())) for name, each in goal.judged.items()}
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
            bottom = over.get(metric, np.ones(len(each)))
            told[metric] = self._row(edit, method.name, metric, each, bottom, beside.get(metric, ("", np.nan)))
        return told if method.name == TRUE_MAP else {}

    def _nearness(self, predicted: np.ndarray, true: np.ndarray) -> dict[str, np.ndarray]:
        """Return measures (n,) of predicted beside true changes."""
        values = map_measures(predicted, true, self.mask)
        values |= self._with_sexes("correlation", values["correlation"])
        values |= self._by_age("correlation", values["correlation"])
        values["slope_error"] = slope_error(predicted, true, self.grid)
        values["identity"] = own_share(predicted, self.scans, true, self.mask)
        return values

    def _with_sexes(self, name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return values (n,) of all people, and of each sex before the edit, NaN for the other."""
        sexes = {"f": self.people.male < 0.5, "m": self.people.male > 0.5}
        return {name: values} | {f"{name}_{sex}": np.where(rows, values, np.nan) for sex, rows in sexes.items()}

    def _by_age(self, name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return values (n,) of each span of ages, NaN for the others; nothing where all people are of one."""
        spans = {span: (low <= self.people.age) & (self.people.age < high) for span, (low, high) in SPANS.items()}
        if max(rows.sum() for rows in spans.values()) == len(self.people):
            return {}
        return {f"{name}_{span}": np.where(rows, values, np.nan) for span, rows in spans.items()}

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
