"""Two judges before brains that nobody has: what they say, and whether they are to be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from torch import nn

from brainaging.pipeline.data import SEXES
from brainaging.pipeline.engines import predict_volumes
from brainaging.pipeline.experiments.synthetic.inversion import OWN
from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.stats.bootstrap import interval, mean_ratio, share_interval
from brainaging.pipeline.stats.label_gate import (
    Check,
    agreement_check,
    calibration_check,
    degeneracy_check,
    skill_check,
)
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.reliability import brier_score, expected_calibration_error
from brainaging.pipeline.stats.scores import accuracy, point

METRICS = {"accuracy": accuracy, "ece": expected_calibration_error, "brier": brier_score}
BOTH = "two judges"
#: what stands beside: the commoner sex of the training scans, judges that know nothing of each other, scans
MAJORITY, CHANCE, SCANS = "majority", "chance", "held-out scans"


@dataclass
class Panel:
    """Two judges and what they are tried on.

    Attributes:
        networks: the judges by name, the first being the one that labels.
        scans: (m, X, Y, Z), held out from both.
        again: (m, X, Y, Z) by name, the generator's reconstructions of these scans, see :func:`made_again`.
        sex: (m,) 0 for F, 1 for M.
        groups: (m,) of the scans, for the bootstrap.
        train_share: share of M among training scans.
    """

    networks: Mapping[str, nn.Module]
    scans: np.ndarray
    again: Mapping[str, np.ndarray]
    sex: np.ndarray
    groups: np.ndarray
    train_share: float
    of_scans: dict[str, Predictions] = field(init=False)
    of_again: dict[str, dict[str, Predictions]] = field(init=False)

    def __post_init__(self) -> None:
        self.of_scans = self._judged(self.scans)
        self.of_again = {features: self._judged(brains) for features, brains in self.again.items()}

    @property
    def agreement(self) -> float:
        """Share of held-out scans on which the judges agree."""
        return float(self._same.mean())

    @property
    def _same(self) -> np.ndarray:
        one, other = (pred.predicted for pred in self.of_scans.values())
        return one == other

    def label(self, brains: np.ndarray) -> dict[str, np.ndarray]:
        """Return each judge's probabilities (k, 2) of brains (k, X, Y, Z)."""
        return {name: predict_volumes(network, brains) for name, network in self.networks.items()}

    def checks(self, said: Mapping[str, np.ndarray]) -> list[Check]:
        """Return what the gate asks of the judges, given what they said of made brains."""
        first = next(iter(self.networks))
        one, other = (answer.argmax(axis=1) for answer in said.values())
        scans = tuple(pred.predicted for pred in self.of_scans.values())
        return [
            *(skill_check(name, pred) for name, pred in self.of_scans.items()),
            calibration_check(self.of_scans[first], self.of_again[OWN][first]),
            degeneracy_check(one, self.train_share),
            agreement_check((scans[0], scans[1]), (one, other)),
        ]

    def rows(self, blank: Result, replicates: int) -> list[Result]:
        """Return the judges' scores on held-out scans and on reconstructions, and their agreement.

        Scores on scans stand beside the commoner sex of the training scans, those on reconstructions beside the
        same judge's on the scans, the agreement beside that of judges who know nothing of each other.

        Args:
            blank: a row with cohort, split, seed and counts.
            replicates: bootstrap draws.
        """
        row = replace(blank, experiment="synthetic_labels")
        value, low, high = mean_ratio(self._same.astype(float), 1.0, self.groups, blank.seed, replicates)
        one, other = (float(pred.predicted.mean()) for pred in self.of_scans.values())
        both = replace(row, model=BOTH, metric="agreement", value=value, ci_low=low, ci_high=high)
        rows = [replace(both, baseline=CHANCE, baseline_value=one * other + (1 - one) * (1 - other))]
        share = np.array([1 - self.train_share, self.train_share])
        common = self._predictions(np.tile(share, (len(self.sex), 1)))
        for features, preds in (("voxels", self.of_scans), *self.of_again.items()):
            for name, pred in preds.items():
                beside = (MAJORITY, common) if features == "voxels" else (SCANS, self.of_scans[name])
                for metric, measure in METRICS.items():
                    value, low, high = interval(measure, pred, self.groups, blank.seed, replicates)
                    found = replace(row, features=features, model=name, metric=metric, value=value)
                    found = replace(found, ci_low=low, ci_high=high, baseline=beside[0])
                    rows.append(replace(found, baseline_value=point(measure, beside[1])))
        return rows

    def label_rows(self, blank: Result, generator: str, said: Mapping[str, np.ndarray]) -> list[Result]:
        """Return the share labelled male by each judge, and their agreement, of one generator's brains."""
        row = replace(blank, experiment="synthetic_labels", features=generator)
        rows = []
        for name, answer in said.items():
            share, low, high = share_interval(int(answer.argmax(axis=1).sum()), len(answer))
            found = replace(row, model=name, metric="share_male", value=share, ci_low=low, ci_high=high)
            rows.append(replace(found, baseline="training scans", baseline_value=self.train_share))
        one, other = (answer.argmax(axis=1) for answer in said.values())
        same, low, high = share_interval(int((one == other).sum()), len(one))
        agree = replace(row, model=BOTH, metric="agreement", value=same, ci_low=low, ci_high=high)
        return [*rows, replace(agree, baseline=SCANS, baseline_value=self.agreement)]

    def _judged(self, brains: np.ndarray) -> dict[str, Predictions]:
        return {name: self._predictions(said) for name, said in self.label(brains).items()}

    def _predictions(self, said: np.ndarray) -> Predictions:
        rows = np.arange(len(said))
        return Predictions(rows, np.zeros(len(rows), int), self.sex, said.argmax(axis=1), said, SEXES, 0)


def gate_rows(blank: Result, generator: str, checks: Sequence[Check]) -> list[Result]:
    """Return a row a check of one generator's brains: 1 where it passed, what it says and what was allowed."""
    rows = []
    for check in checks:
        row = replace(blank, experiment="gate", features=generator, model=check.name, metric="passed")
        rows.append(replace(row, value=float(check.passed), baseline=check.says, baseline_value=check.limit))
    return rows
