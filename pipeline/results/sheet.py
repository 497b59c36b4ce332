"""Turns predictions into rows of the results table: value, interval, baseline and the original number."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from brainaging.pipeline.measures.reconstruction_scores import MEAN_BRAIN, ReconstructionScores
from brainaging.pipeline.results.legacy import NOT_COMPUTED, Result
from brainaging.pipeline.results.legacy_original import original_value
from brainaging.pipeline.stats.bootstrap import REPLICATES, difference, interval, leak, mean_ratio
from brainaging.pipeline.stats.permutation import PermutationTest
from brainaging.pipeline.stats.predictions import Predictions, shared_rows
from brainaging.pipeline.stats.scores import CLASS_METRICS, YEAR_METRICS, Metric, error_age_correlation, point

log = logging.getLogger(__name__)


@dataclass
class Sheet:
    """The rows of one study, as they come.

    Attributes:
        cohort, modality, seed: as in every row.
        groups: (n,) group of every cohort row, for the bootstrap.
        replicates: bootstrap draws.
        rows: what has been added.
    """

    cohort: str
    modality: str
    seed: int
    groups: np.ndarray
    replicates: int = REPLICATES
    rows: list[Result] = field(default_factory=list)

    def scores(
        self,
        target: str,
        features: str,
        model: str,
        pred: Predictions,
        *,
        split: str = "grouped",
        experiment: str = "",
        baseline: tuple[str, Predictions] | None = None,
        metrics: Mapping[str, Metric] | None = None,
    ) -> None:
        """Add one row a metric: class metrics for classes, MAE, r, R² and the age bias for years.

        Args:
            target: what is predicted.
            features: from what.
            model: by what.
            pred: out-of-fold predictions; where empty, one row says why.
            split: "grouped" or "random".
            experiment: the target's name if left out.
            baseline: name and predictions of what the score must beat, judged on the same subjects.
            metrics: others than those.
        """
        row = self._row(experiment or target, target, features, model, split)
        if not len(pred):
            self._missing(replace(row, metric="balanced_accuracy" if pred.classes else "mae"), pred.reason)
            return
        if pred.note:
            log.warning("%s from %s: %s", target, features, pred.note)
        if metrics is None:
            metrics = CLASS_METRICS if pred.classes else {**YEAR_METRICS, "error_age_r": error_age_correlation}
        for name, metric in metrics.items():
            value, low, high = interval(metric, pred, self.groups, self.seed, self.replicates)
            beside = point(metric, shared_rows(baseline[1], pred)[0]) if baseline else float("nan")
            self.rows.append(
                replace(
                    row,
                    metric=name,
                    value=value,
                    ci_low=low,
                    ci_high=high,
                    baseline=baseline[0] if baseline else "",
                    baseline_value=beside,
                    original_value=original_value(self.modality, features, target, model, name),
                    n_train=pred.n_train,
                    n_test=pred.n_test,
                )
            )

    def change(
        self,
        target: str,
        features: str,
        model: str,
        one: Predictions,
        other: Predictions,
        *,
        random: bool = False,
        experiment: str = "",
    ) -> None:
        """Add the paired differences one − other, or with ``random`` the leak, random split − grouped split."""
        compare: Callable[..., tuple[float, float, float]] = leak if random else difference
        split = "random_minus_grouped" if random else "grouped"
        row = self._row(experiment or target, target, features, model, split)
        if not len(one) or not len(other):
            self._missing(replace(row, metric="difference"), one.reason or other.reason)
            return
        for name, metric in (CLASS_METRICS if one.classes else YEAR_METRICS).items():
            value, low, high = compare(metric, one, other, self.groups, self.seed, self.replicates)
            both = one if random else shared_rows(one, other)[0]
            self.rows.append(
                replace(
                    row,
                    metric=f"{name}_difference",
                    value=value,
                    ci_low=low,
                    ci_high=high,
                    n_train=one.n_train,
                    n_test=both.n_test,
                )
            )

    def permutation(self, target: str, features: str, test: PermutationTest, pred: Predictions) -> None:
        """Add the permutation p of a claim; the ridge model's own statistic is the row's model name."""
        row = replace(self._row(target, target, features, "ridge", "grouped"), metric="permutation_p")
        if test.reason:
            self._missing(row, test.reason)
            return
        model = f"ridge_{test.statistic}"
        self.rows.append(replace(row, model=model, value=test.p, n_train=pred.n_train, n_test=pred.n_test))

    def reconstructions(self, name: str, scores: ReconstructionScores) -> None:
        """Add MSE and SSIM of an encoder and of every baseline, and the paired ratios of MSEs.

        A baseline that stood beside an earlier encoder already, with as many components, is not added again.
        """
        there = {(done.features, done.metric) for done in self.rows if done.experiment == "reconstruction"}
        groups = self.groups[scores.index]
        row = self._row("reconstruction", "image", name, "", "grouped")
        row = replace(row, n_train=scores.n_train, n_test=len(np.unique(scores.index)))
        for metric, values in (("mse", scores.mse), ("ssim", scores.ssim)):
            for method, found in values.items():
                if (_method(method, scores), metric) in there:
                    continue
                value, low, high = mean_ratio(found, 1.0, groups, self.seed, self.replicates)
                beside = "pca" if method == name else MEAN_BRAIN
                against = float(values[beside].mean()) if method != MEAN_BRAIN else float("nan")
                self.rows.append(
                    replace(
                        row,
                        features=_method(method, scores),
                        model="autoencoder" if method == name else "pca" if method != MEAN_BRAIN else "mean",
                        metric=metric,
                        value=value,
                        ci_low=low,
                        ci_high=high,
                        baseline=_method(beside, scores) if method != MEAN_BRAIN else "",
                        baseline_value=against,
                    )
                )
        for method in scores.mse:
            if method == name:
                continue
            value, low, high = mean_ratio(scores.mse[name], scores.mse[method], groups, self.seed, self.replicates)
            beside = _method(method, scores)
            self.rows.append(
                replace(
                    row,
                    features=name,
                    model="autoencoder",
                    metric=f"error_ratio_to_{beside}",
                    value=value,
                    ci_low=low,
                    ci_high=high,
                    baseline=beside,
                    baseline_value=1.0,
                )
            )

    def _row(self, experiment: str, target: str, features: str, model: str, split: str) -> Result:
        nan = float("nan")
        return Result(
            experiment, self.cohort, self.modality, features, target, model, split, "", nan, seed=self.seed
        )

    def _missing(self, row: Result, reason: str) -> None:
        log.warning("%s from %s, %s: %s", row.target, row.features, NOT_COMPUTED, reason)
        self.rows.append(replace(row, model=f"{NOT_COMPUTED}: {reason}"))


def _method(name: str, scores: ReconstructionScores) -> str:
    """Return a method's name with its number of components: pca-100, pca_flip-639, mean_brain."""
    if name == MEAN_BRAIN or name not in scores.components:
        return name
    return f"{name.removesuffix('_max')}-{scores.components[name]}"
