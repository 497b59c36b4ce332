"""People followed over time: learned from some; the others' later sessions predicted, beside what came."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.cohort_alignment import FIELD_MM
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.learn import measured_covariates
from brainaging.pipeline.counterfactual.methods import FixedMap, Method
from brainaging.pipeline.data import Cohort, holdout
from brainaging.pipeline.data.cohorts import Problems
from brainaging.pipeline.data.visits import Timeline
from brainaging.pipeline.experiments.followup.fitted_methods import (
    FEWEST_RETESTS,
    Fitted,
    Measured,
    first_scans,
    fit_methods,
    followed,
    retest_pairs,
)
from brainaging.pipeline.experiments.followup.follow_up_scores import EDIT, EXPERIMENT, Floor, FollowUpScorer
from brainaging.pipeline.experiments.followup.kin import kin_of
from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES, structure_volumes
from brainaging.pipeline.experiments.followup.placed_sessions import PlacedPerson, placed_people
from brainaging.pipeline.experiments.followup.rivals import Followed
from brainaging.pipeline.experiments.followup.true_rates import instrument_slope, true_volumes
from brainaging.pipeline.results import Finding, NotComputed, Scoring
from brainaging.pipeline.runtime import UserError, atomic_output, counted
from brainaging.transforms import GridSpec, template_mask

log = logging.getLogger(__name__)
FIGURES = "follow_up.npz"
#: share of people who are held out. Sensitivity: intervals narrow with more, methods learn from fewer
HELD_OUT = 0.4
#: people below whom no edit is learned: known here before an hour is spent on placing. Sensitivity: a lower bound
FEWEST_LEARNED = 20
#: sessions that are predicted: the visit, counted from 0, and its name
SESSIONS = ((1, "second_session"), (2, "third_session"))
#: methods that the figure shows beside what was observed
_SHOWN = (EDIT, "mean_observed_change", "voxel_regression")


def complete(cohort: Cohort, people: Sequence[Timeline], problems: Problems) -> list[Timeline]:
    """Return the people whose sex is known; who is left out is added to ``problems``."""
    sex = cohort.table["sex"].to_numpy(dtype=str)
    known = []
    for person in people:
        if sex[person.visits[0].row] in ("F", "M"):
            known.append(person)
        else:
            problems.add(person.subject, cohort.name, "expected a known sex, found none")
    return known


@dataclass
class FollowUpStudy:
    """One cohort of people followed over time.

    Attributes:
        cohort: of the scans.
        people: everybody's sessions in time, of known age and sex.
        grid: that scans are compared on.
        out: gets ``placed``, ``model`` and ``follow_up.npz``; what is there is read back.
        seed: of the split and the bootstrap.
    """

    cohort: Cohort
    people: Sequence[Timeline]
    grid: GridSpec
    out: Path
    seed: int = 0
    figures: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        #: (n,) the group of each of the people
        self.kin = kin_of(self.cohort, self.people)

    def run(self) -> list[Finding]:
        """Place, learn, predict, compare; write the figures' file; return the findings.

        Raises:
            UserError: too few people to learn from or to be held out.
        """
        train, test = self._split()
        if len(train) < FEWEST_LEARNED:
            raise UserError(
                f"{self.cohort.name}: expected at least {FEWEST_LEARNED} people to learn from, found {len(train)} "
                f"of {len(self.people)}, {HELD_OUT:.0%} being held out"
            )
        placed = placed_people(self.cohort, self.people, self.grid, self.out / "placed")
        measured = self._measured(placed)
        fitted = fit_methods(
            placed, measured, self.cohort, self.kin, self.grid, train, self.out / "model", self.seed
        )
        floor = self._floor(placed, measured)
        findings: list[Finding] = []
        for visit, edit in SESSIONS:
            rows = [row for row in test if len(self.people[row].visits) > visit]
            if len(rows) > 1:
                findings += self._session(visit, edit, rows, placed, measured, fitted, floor)
        if not findings:
            raise UserError(f"{self.cohort.name}: expected held-out people with two sessions, found none or one")
        if fitted.priors:
            findings += self._own_rates(placed, measured, train, test, fitted)
        else:
            reason = (
                f"expected {FEWEST_RETESTS} pairs of retests among people learned from, found {fitted.retests}: "
                "without an error of measurement there is no own rate and no interval"
            )
            log.warning("own rates, not computed: %s", reason)
            common = self._scoring(test).common(EXPERIMENT, 0, 0)
            findings.append(NotComputed(**common, model="personal_rate", reason=reason))
        with atomic_output(self.out / FIGURES) as temporary:
            np.savez_compressed(temporary, allow_pickle=False, mask=template_mask(self.grid), **self.figures)
        return findings

    def _split(self) -> tuple[list[int], list[int]]:
        """Return who is learned from and who is held out, families or subjects whole."""
        rows = [person.visits[0].row for person in self.people]
        strata = np.asarray(self.cohort.strata())[rows]
        parts = holdout(self.kin, (1 - HELD_OUT, HELD_OUT), strata, self.seed)
        return parts["train"].tolist(), parts["test"].tolist()

    def _measured(self, placed: Sequence[PlacedPerson]) -> Measured:
        by_person = [
            structure_volumes(person.volumes, self.grid, np.full(len(person.volumes), person.own_scale))
            for person in counted(placed, "measuring people's scans", len(placed))
        ]
        return {name: [of[name] for of in by_person] for name in STRUCTURES}

    def _floor(self, placed: Sequence[PlacedPerson], measured: Measured) -> Floor | None:
        """Return what retests of all people differ by."""
        mask = template_mask(self.grid, dilate_mm=FIELD_MM)
        pairs = [pair for person in placed for pair in person.retests]
        if len(pairs) < FEWEST_RETESTS:
            return None
        voxels = np.array([np.sqrt(np.square((again - scan)[mask]).mean()) for scan, again in pairs])
        volumes = retest_pairs(placed, measured, range(len(placed)))
        return Floor(voxels, {name: np.abs(np.diff(pair, axis=1)[:, 0]) for name, pair in volumes.items()})

    def _scoring(self, rows: Sequence[int]) -> Scoring:
        return Scoring(self.cohort.name, "T1w", self.seed, self.kin[list(rows)])

    def _session(
        self,
        visit: int,
        edit: str,
        rows: Sequence[int],
        placed: Sequence[PlacedPerson],
        measured: Measured,
        fitted: Fitted,
        floor: Floor | None,
    ) -> list[Finding]:
        """Return the findings on one later session of the people at ``rows``."""
        log.info("%s: predicting %d people", edit, len(rows))
        start = np.stack([placed[row].visit(visit - 1) for row in rows])
        observed = np.stack([placed[row].visit(visit) for row in rows]) - start
        before, after = self._covariates(visit, rows, placed, fitted)
        over_time = followed(placed, measured, rows)
        grown = {name: over_time.at(name, visit)[1] - over_time.at(name, visit - 1)[1] for name in STRUCTURES}
        mask = template_mask(self.grid, dilate_mm=FIELD_MM)
        scorer = FollowUpScorer(edit, observed, grown, mask, floor, self._scoring(rows), fitted.count)
        scales = np.array([placed[row].own_scale for row in rows])
        methods: list[Method] = list(fitted.methods)
        if visit > 1:
            methods.append(_own_slope(placed, rows, visit))
        unchanged = structure_volumes(start, self.grid, scales)
        shown = {}
        for method in methods:
            predicted = method.predicted_change(start, before, after)
            scorer.score_map(method.name, predicted)
            volumes = structure_volumes(start + predicted, self.grid, scales)
            scorer.score_volumes(method.name, {name: volumes[name] - unchanged[name] for name in STRUCTURES})
            shown[method.name] = predicted
        scorer.score_volumes("volume_regression", fitted.regression.predicted_change(before, after))
        self._score_rates(scorer, visit, over_time, fitted)
        scorer.add_power()
        if not self.figures:
            means = {name: shown[name].mean(axis=0) for name in _SHOWN if name in shown}
            years = float((after.age - before.age).mean())
            # to a tenth: means over people
            self.figures = {"scan": start.mean(axis=0), "observed": observed.mean(axis=0), **means}
            self.figures["years"] = np.array(round(years, 1))
        return list(scorer.findings)

    def _covariates(
        self, visit: int, rows: Sequence[int], placed: Sequence[PlacedPerson], fitted: Fitted
    ) -> tuple[Covariates, Covariates]:
        """Return covariates at the visit before and at ``visit``, head size measured as in training people."""
        people = measured_covariates(
            fitted.learned.edit, first_scans(placed, self.cohort, self.kin, self.grid, rows)
        )
        ages = np.array([[self.people[row].visits[at].age for at in (visit - 1, visit)] for row in rows])
        before = people.older(ages[:, 0] - people.age)
        return before, before.older(ages[:, 1] - ages[:, 0])

    def _score_rates(self, scorer: FollowUpScorer, visit: int, over_time: Followed, fitted: Fitted) -> None:
        """Score what rates of people, or the person's own one, predict of volumes, with their intervals."""
        model = "population_rate" if visit == 1 else "personal_rate"
        changes = {}
        for name, prior in fitted.priors.items():
            (age, volume), (later, reached) = over_time.at(name, visit - 1), over_time.at(name, visit)
            if visit == 1:
                mean, low, high = prior.ahead(age, volume, later - age)
            else:
                mean, low, high = prior.later(over_time.slopes(name, visit, prior.error), later)
            scorer.score_interval(model, name, reached, low, high)
            changes[name] = mean - volume
        scorer.score_volumes(model, changes)

    def _own_rates(
        self,
        placed: Sequence[PlacedPerson],
        measured: Measured,
        train: Sequence[int],
        test: Sequence[int],
        fitted: Fitted,
    ) -> list[Finding]:
        """Return how many intervals of people's own rates hold the true ones, where the truth is known."""
        truth = true_volumes(self.cohort, self.people)
        rows = [row for row in test if len(self.people[row].visits) > 1]
        if truth is None or len(rows) < 2:
            return []
        seen = [row for row in train if len(self.people[row].visits) > 1]
        over_time, learned = (followed(placed, measured, part) for part in (rows, seen))
        scorer = FollowUpScorer("own_rate", np.empty(0), {}, np.empty(0), None, self._scoring(rows), fitted.count)
        for name, prior in fitted.priors.items():
            shown = instrument_slope(learned.volumes[name], [truth[name][row] for row in seen])
            years = np.array([age[1] - age[0] for age in over_time.ages])
            true = shown * np.array([truth[name][row][1] - truth[name][row][0] for row in rows]) / years
            _, low, high = prior.rate_interval(over_time.slopes(name, 2, prior.error))
            scorer.score_interval("personal_rate", name, true, low, high)
        return list(scorer.findings)


def _own_slope(placed: Sequence[PlacedPerson], rows: Sequence[int], visit: int) -> FixedMap:
    """Return what changed in each person between the two visits before, stretched to the years that follow."""
    maps = []
    for row in rows:
        ages = [placed[row].person.visits[at].age for at in (visit - 2, visit - 1, visit)]
        ratio = (ages[2] - ages[1]) / (ages[1] - ages[0])
        maps.append(ratio * (placed[row].visit(visit - 1) - placed[row].visit(visit - 2)))
    return FixedMap(np.stack(maps), "own_slope", ("age",))
