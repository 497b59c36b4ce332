"""The score that no other system has: predicted change against the true counterfactual of the same person."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from brainaging.pipeline.counterfactual.cohort_alignment import FIELD_MM
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.methods import FixedMap, Method
from brainaging.pipeline.counterfactual.readers import SexAgeReader
from brainaging.pipeline.counterfactual.score.agreement import (
    Volumes,
    is_change,
    map_measures,
    readings,
    reversal,
    slope_error,
)
from brainaging.pipeline.counterfactual.score.edit_kinds import EDITS, Edit
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_changes import EditTargets, edit_targets
from brainaging.pipeline.results import EditScore, Scoring
from brainaging.pipeline.runtime import counted
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.transforms import GridSpec, template_mask

log = logging.getLogger(__name__)
EXPERIMENT = "edits"
#: people on whom going there and back is tried. Sensitivity: not measured; its interval says what it costs
FEW = 24
#: the best single map, which no map for everybody can beat, and the scenario's mean fields on the person's anatomy
TRUE_MAP, ORACLE = "mean_true_map", "scenario_oracle"
#: key of the true changes among a scorer's examples
TRUE = "true"
#: ages, years, between which people are scored by themselves, where not all are of one span
SPANS = {"to_40": (0.0, 40.0), "40_to_60": (40.0, 60.0), "from_60": (60.0, np.inf)}


class Quantity(NamedTuple):
    """What is measured, and of whom: codes of a metric and of people, "" for everybody."""

    metric: str
    people: str = ""


class BaselineValue(NamedTuple):
    """What a value stands beside: the baseline's code and its value."""

    code: str = ""
    value: float = float("nan")


#: values (n,) by quantity, NaN for who is not of the people
Values = dict[Quantity, np.ndarray]


@dataclass(frozen=True)
class HeldOut:
    """People whose scans are edited.

    Attributes:
        scans: (n, X, Y, Z).
        grid: of the scans.
        subjects: (n) whose they are.
        people: their covariates.
        families: (n,).
    """

    scans: np.ndarray
    grid: GridSpec
    subjects: Sequence[str]
    people: Covariates
    families: np.ndarray

    def with_sexes(self, metric: str, values: np.ndarray) -> Values:
        """Return values (n,) of everybody, and of each sex before the edit."""
        women = self.people.male < 0.5
        sexes = {"F": women, "M": self.people.male > 0.5}
        return {Quantity(metric): values} | {
            Quantity(metric, sex): np.where(rows, values, np.nan) for sex, rows in sexes.items()
        }

    def by_age(self, metric: str, values: np.ndarray) -> Values:
        """Return values (n,) of each span of ages; nothing where all people are of one."""
        age = self.people.age
        spans = {span: (low <= age) & (age < high) for span, (low, high) in SPANS.items()}
        if max(rows.sum() for rows in spans.values()) == len(self.people):
            return {}
        return {Quantity(metric, span): np.where(rows, values, np.nan) for span, rows in spans.items()}


@dataclass(frozen=True)
class Goal:
    """What edited brains stand beside: the true counterfactuals; of real people, the scans as they are.

    Attributes:
        code: which of the two.
        volumes: of these brains.
        read: what the reader reads in them.
    """

    code: str
    volumes: Volumes
    read: Mapping[str, np.ndarray]


@dataclass
class Scorer:
    """Scores methods on held-out people.

    Attributes:
        held_out: the people.
        truth: of a simulated cohort; None of a real one, in which what an edit does is measured, and not how near
            it comes.
        reader: of edited brains, learned from other people than the methods; None where these were too few.
        scoring: of the held-out people, whose families its groups are.
        n_train: people that the methods were fitted to.
        edits: what is scored.
        size_ratio: head size of men by that of women in the training scans.
    """

    held_out: HeldOut
    truth: Truth | None
    reader: SexAgeReader | None
    scoring: Scoring
    n_train: int
    edits: Sequence[Edit] = EDITS
    size_ratio: float = 1.0

    def __post_init__(self) -> None:
        scans, people, grid = self.held_out.scans, self.held_out.people, self.held_out.grid
        self.mask = template_mask(grid, dilate_mm=FIELD_MM)
        self.volumes = Volumes.of(scans, grid)
        self.years = np.empty(0) if self.reader is None else self.reader.years(scans, people.head_size)
        self.findings: list[EditScore] = []
        #: changes (n, X, Y, Z) by edit and by method, the true ones under :data:`TRUE`
        self.examples: dict[tuple[str, str], np.ndarray] = {}

    def run(self, methods: Sequence[Method]) -> list[EditScore]:
        """Score every method on every edit that it can make, the best single map and the oracle beside them."""
        for edit in self.edits:
            log.info("%s: %d people", edit.name, len(self.held_out.scans))
            ratio = self.size_ratio if self.truth is None else self.truth.male_ratio
            targets = edit_targets(edit, self.truth, self.held_out.subjects, self.held_out.people, ratio)
            bounds: list[Method] = []
            if targets.true is not None and targets.oracle is not None:
                self.examples[edit.name, TRUE] = targets.true
                bounds = [
                    FixedMap.of_others(targets.true, targets.directions),
                    FixedMap(targets.oracle, ORACLE),
                ]
            goal = self._goal(targets)
            # the best single map comes first, for every other method stands beside it
            best: dict[Quantity, float] = {}
            able = [each for each in [*bounds, *methods] if set(edit.covariates) <= set(each.covariates)]
            for method in counted(able, f"{edit.name}: scoring ways to edit"):
                scores = self._score(edit, method, targets, goal, best)
                best = scores if method.name == TRUE_MAP else best
        return self.findings

    def _goal(self, targets: EditTargets) -> Goal:
        scans = self.held_out.scans
        if targets.true is None:
            return Goal("scans_as_they_are", self.volumes, self._read(scans, targets))
        true = scans + targets.true
        return Goal("true_counterfactuals", Volumes.of(true, self.held_out.grid), self._read(true, targets))

    def _read(self, brains: np.ndarray, targets: EditTargets) -> dict[str, np.ndarray]:
        """Return what the reader reads in ``brains`` (n, X, Y, Z), nothing where there is none."""
        if self.reader is None:
            return {}
        return readings(self.reader, brains, targets.before, targets.after, self.years)

    def _score(
        self, edit: Edit, method: Method, targets: EditTargets, goal: Goal, best: Mapping[Quantity, float]
    ) -> dict[Quantity, float]:
        """Add the findings of one method; return its scores."""
        log.info("%s by %s", edit.name, method.name)
        held_out = self.held_out
        predicted = method.predicted_change(held_out.scans, targets.before, targets.after)
        self.examples[edit.name, method.name] = predicted
        edited = held_out.scans + predicted
        volumes = Volumes.of(edited, held_out.grid)
        values: Values = {}
        divisors: Values = {}
        if targets.true is not None:
            # signed by direction: what women's ventricles gain men's lose
            before, sign = self.volumes.ventricles, targets.directions
            grown, truly_grown = (sign * (each.ventricles - before) for each in (volumes, goal.volumes))
            values |= self._nearness(predicted, targets.true)
            if is_change(truly_grown):
                values[Quantity("ventricle_ratio")] = grown
                divisors[Quantity("ventricle_ratio")] = truly_grown
        values |= {Quantity(metric): each for metric, each in self._read(edited, targets).items()}
        values |= held_out.with_sexes("head_size_drift", volumes.drift(self.volumes))
        baselines = {quantity: BaselineValue(TRUE_MAP, value) for quantity, value in best.items()}
        baselines |= self._goal_baselines(goal)
        if not isinstance(method, FixedMap):
            few = slice(0, FEW)
            left = reversal(
                method, held_out.scans[few], predicted[few], targets.before[few], targets.after[few], self.mask
            )
            values[Quantity("reversibility_error")] = np.append(left, np.full(len(predicted) - len(left), np.nan))
            baselines[Quantity("reversibility_error")] = BaselineValue("no_error", 0.0)
        return {
            quantity: self._add(
                edit,
                method.name,
                quantity,
                each,
                divisors.get(quantity, np.ones(len(each))),
                baselines.get(quantity, BaselineValue()),
            )
            for quantity, each in values.items()
        }

    def _nearness(self, predicted: np.ndarray, true: np.ndarray) -> Values:
        """Return measures (n,) of predicted beside true changes."""
        maps = map_measures(predicted, true, self.mask)
        values: Values = {Quantity(metric): each for metric, each in maps.items()}
        values |= self.held_out.with_sexes("correlation", maps["correlation"])
        values |= self.held_out.by_age("correlation", maps["correlation"])
        values[Quantity("slope_error")] = slope_error(predicted, true, self.held_out.grid)
        return values

    def _goal_baselines(self, goal: Goal) -> dict[Quantity, BaselineValue]:
        """Return what drift and readings stand beside: the same of the goal's brains."""
        drifts = self.held_out.with_sexes("head_size_drift", goal.volumes.drift(self.volumes))
        baselines = {
            quantity: BaselineValue(goal.code, float(np.nanmean(each)))
            for quantity, each in drifts.items()
            if np.isfinite(each).any()
        }
        return baselines | {
            Quantity(metric): BaselineValue(goal.code, float(each.mean())) for metric, each in goal.read.items()
        }

    def _add(
        self,
        edit: Edit,
        model: str,
        quantity: Quantity,
        values: np.ndarray,
        divisors: np.ndarray,
        baseline: BaselineValue,
    ) -> float:
        """Add and return mean(values) / mean(divisors), with its interval over families, of people in whom it
        exists.
        """
        kept = np.isfinite(values)
        if not kept.any():
            return float("nan")
        seed, replicates = self.scoring.seed, self.scoring.replicates
        value, low, high = mean_ratio(values[kept], divisors[kept], self.scoring.groups[kept], seed, replicates)
        self.findings.append(
            EditScore(
                **self.scoring.common(EXPERIMENT, self.n_train, int(kept.sum())),
                edit=edit.name,
                model=model,
                people=quantity.people,
                metric=quantity.metric,
                value=value,
                ci_low=low,
                ci_high=high,
                baseline=baseline.code,
                baseline_value=baseline.value,
            )
        )
        return value
