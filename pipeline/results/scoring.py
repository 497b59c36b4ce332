"""Turns out-of-fold predictions into findings: value, interval, baseline and the original study's number."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from brainaging.pipeline.results.original_study import original_value
from brainaging.pipeline.results.prediction_findings import Difference, NotComputed, PermutationP, Score
from brainaging.pipeline.results.shared_fields import NAN, Finding, Probe, measured
from brainaging.pipeline.stats.bootstrap import REPLICATES, difference, interval, leak
from brainaging.pipeline.stats.permutation import PermutationTest
from brainaging.pipeline.stats.predictions import Predictions, shared_rows
from brainaging.pipeline.stats.scores import CLASS_METRICS, YEAR_METRICS, Metric, error_age_correlation, point

log = logging.getLogger(__name__)


class Baseline(NamedTuple):
    """What a score must beat: its code, and its predictions of the same subjects."""

    code: str
    predictions: Predictions


@dataclass(frozen=True)
class Scoring:
    """Scores predictions of one cohort.

    Attributes:
        cohort, modality, seed: as in every finding.
        groups: (n,) group of every cohort row, for the bootstrap.
        replicates: bootstrap draws.
    """

    cohort: str
    modality: str
    seed: int
    groups: np.ndarray
    replicates: int = REPLICATES

    def scores(
        self,
        probe: Probe,
        pred: Predictions,
        baseline: Baseline | None = None,
        *,
        experiment: str = "",
        metrics: Mapping[str, Metric] | None = None,
    ) -> list[Finding]:
        """Return one finding a metric: class metrics for classes, MAE, r, R² and the age bias for years.

        Args:
            probe: what is predicted, from what, by what.
            pred: out-of-fold predictions; where empty, one finding says why.
            baseline: what the score must beat, on the same subjects.
            experiment: the target's name if left out.
            metrics: others than those.
        """
        name = experiment or probe.target
        if not len(pred):
            return [self.not_computed(name, probe, "balanced_accuracy" if pred.classes else "mae", pred.reason)]
        if pred.note:
            log.warning("%s from %s: %s", probe.target, probe.features, pred.note)
        if metrics is None:
            metrics = CLASS_METRICS if pred.classes else {**YEAR_METRICS, "error_age_r": error_age_correlation}
        findings: list[Finding] = []
        for metric, score in metrics.items():
            estimate = interval(score, pred, self.groups, self.seed, self.replicates)
            findings.append(
                Score(
                    **self.common(name, pred.n_train, pred.n_test),
                    **asdict(probe),
                    **measured(
                        metric,
                        estimate,
                        baseline.code if baseline else "",
                        point(score, shared_rows(baseline.predictions, pred)[0]) if baseline else NAN,
                    ),
                    original_value=original_value(self.modality, probe, metric),
                )
            )
        return findings

    def differences(
        self,
        probe: Probe,
        contrast: str,
        reference: str,
        pred: Predictions,
        subtracted: Predictions,
        experiment: str = "",
    ) -> list[Finding]:
        """Return the differences ``pred`` − ``subtracted``, paired over the same subjects.

        A contrast of splits is the leak: the random split's score less the grouped one's, drawing the same people.

        Args:
            probe: of ``pred``.
            contrast: in what the two differ: "features", "model" or "split".
            reference: what ``subtracted`` has in that place.
            pred, subtracted: out-of-fold predictions; where one is empty, one finding says why.
            experiment: the target's name if left out.
        """
        name = experiment or probe.target
        if not len(pred) or not len(subtracted):
            return [self.not_computed(name, probe, "", pred.reason or subtracted.reason)]
        leaks = contrast == "split"
        compare: Callable[..., tuple[float, float, float]] = leak if leaks else difference
        tested = pred.n_test if leaks else shared_rows(pred, subtracted)[0].n_test
        findings: list[Finding] = []
        for metric, score in (CLASS_METRICS if pred.classes else YEAR_METRICS).items():
            estimate = compare(score, pred, subtracted, self.groups, self.seed, self.replicates)
            findings.append(
                Difference(
                    **self.common(name, pred.n_train, tested),
                    **asdict(probe),
                    contrast=contrast,
                    reference=reference,
                    **measured(metric, estimate),
                )
            )
        return findings

    def permutation(self, probe: Probe, test: PermutationTest, pred: Predictions) -> list[Finding]:
        """Return the permutation p of a claim, of the ridge model's own statistic."""
        if test.reason:
            return [self.not_computed(probe.target, probe, "permutation_p", test.reason)]
        return [
            PermutationP(
                **self.common(probe.target, pred.n_train, pred.n_test),
                **asdict(probe),
                metric="permutation_p",
                statistic=test.statistic,
                value=test.p,
            )
        ]

    def not_computed(self, experiment: str, probe: Probe, metric: str, reason: str) -> NotComputed:
        """Return the finding of a number that this cohort cannot give, and log why."""
        log.warning("%s from %s, not computed: %s", probe.target, probe.features, reason)
        return NotComputed(**self.common(experiment, 0, 0), **asdict(probe), metric=metric, reason=reason)

    def common(self, experiment: str, n_train: int, n_test: int) -> dict[str, Any]:
        """Return the fields that every finding of this cohort has."""
        return {
            "experiment": experiment,
            "cohort": self.cohort,
            "modality": self.modality,
            "seed": self.seed,
            "n_train": n_train,
            "n_test": n_test,
        }
