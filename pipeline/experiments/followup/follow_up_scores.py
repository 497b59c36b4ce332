"""From predicted and observed changes to findings: error, its floor by retests, and how many people tell methods
apart.

All intervals are of the percentile bootstrap over people (families where they are known), and conditional on what
was fitted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from brainaging.pipeline.counterfactual.score.agreement import map_measures
from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES
from brainaging.pipeline.results import FollowUpScore, Scoring
from brainaging.pipeline.stats.bootstrap import mean_ratio, share_interval
from brainaging.pipeline.stats.personal_rates import NOMINAL, people_needed

EXPERIMENT = "follow_up"
#: the way whose differences from all others are given a number of people
EDIT = "deformation"
VOXELS = "voxels"


@dataclass(frozen=True)
class Floor:
    """What retests differ by: ``voxels`` (p,) root mean squares in the mask, ``volumes`` (p,) mL by structure."""

    voxels: np.ndarray
    volumes: Mapping[str, np.ndarray]


@dataclass
class FollowUpScorer:
    """Scores predictions of one later session.

    Attributes:
        edit: which session it is.
        observed: (n, X, Y, Z) what changed.
        grown: (n,) by structure, mL.
        mask: (X, Y, Z), where maps are compared.
        floor: of retests; None where there are none.
        scoring: of the n people.
        n_train: people that methods were fitted to.
    """

    edit: str
    observed: np.ndarray
    grown: Mapping[str, np.ndarray]
    mask: np.ndarray
    floor: Floor | None
    scoring: Scoring
    n_train: int
    findings: list[FollowUpScore] = field(default_factory=list)
    #: squared errors (n,) of maps, absolute errors (n,) of volumes, by what is measured and method
    errors: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def score_map(self, model: str, predicted: np.ndarray) -> None:
        """Add what a method's maps (n, X, Y, Z) are worth: error, correlation, size."""
        missed, moved = (
            np.sqrt(np.square(maps[:, self.mask]).mean(axis=1))
            for maps in (predicted - self.observed, self.observed)
        )
        self.errors[VOXELS, model] = missed**2
        floor = float("nan") if self.floor is None else float(self.floor.voxels.mean() / moved.mean())
        self._add(model, VOXELS, "error_by_no_change", missed, moved, ("retest", floor))
        for metric, values in map_measures(predicted, self.observed, self.mask).items():
            if np.isfinite(values).all():
                self._add(model, VOXELS, metric, values, np.ones(len(values)), ("", float("nan")))

    def score_volumes(self, model: str, predicted: Mapping[str, np.ndarray]) -> None:
        """Add what a method's changes (n,) of structures, mL, are worth: error, and mean by the observed one."""
        for name, changes in predicted.items():
            missed = np.abs(changes - self.grown[name])
            self.errors[name, model] = missed
            floor = float("nan") if self.floor is None else float(self.floor.volumes[name].mean())
            self._add(model, name, "change_mae", missed, np.ones(len(missed)), ("retest", floor))
            self._add(model, name, "change_ratio", changes, self.grown[name], ("observed", 1.0))

    def score_interval(
        self, model: str, structure: str, reached: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> None:
        """Add how many 95 % intervals, (n,) ends, held what was ``reached`` (n,), and how wide they are, mL."""
        inside = (low <= reached) & (reached <= high)
        share = share_interval(int(inside.sum()), len(inside))
        self._found(model, structure, "interval_coverage", share, ("nominal", NOMINAL), len(inside))
        self._add(model, structure, "interval_width", high - low, np.ones(len(low)), ("", float("nan")))

    def add_power(self) -> None:
        """Add, for the edit and every other method, how many people would tell their errors apart."""
        for what in (VOXELS, *STRUCTURES):
            if (what, EDIT) not in self.errors:
                continue
            for (measured, model), errors in self.errors.items():
                if measured == what and model != EDIT:
                    needed = people_needed(errors - self.errors[what, EDIT])
                    nothing = (needed, float("nan"), float("nan"))
                    self._found(EDIT, what, "people_needed", nothing, (model, float("nan")), len(errors))

    def _add(
        self,
        model: str,
        what: str,
        metric: str,
        top: np.ndarray,
        bottom: np.ndarray,
        baseline: tuple[str, float],
    ) -> None:
        estimate = mean_ratio(top, bottom, self.scoring.groups, self.scoring.seed, self.scoring.replicates)
        self._found(model, what, metric, estimate, baseline, len(top))

    def _found(
        self,
        model: str,
        what: str,
        metric: str,
        estimate: tuple[float, float, float],
        baseline: tuple[str, float],
        count: int,
    ) -> None:
        value, low, high = estimate
        self.findings.append(
            FollowUpScore(
                **self.scoring.common(EXPERIMENT, self.n_train, count),
                edit=self.edit,
                model=model,
                features=what,
                metric=metric,
                value=value,
                ci_low=low,
                ci_high=high,
                baseline=baseline[0],
                baseline_value=baseline[1],
            )
        )
