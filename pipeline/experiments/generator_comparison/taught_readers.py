"""What readers see in brains to order, and what brains teach: readers that never saw a scan, tried on people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brainaging.pipeline.experiments.generator_comparison.asked_findings import WIDEST
from brainaging.pipeline.experiments.generator_comparison.compared_people import ComparedPeople, KnownPeople
from brainaging.pipeline.results import Finding, GeneratorMeasure, measured
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.bootstrap import group_weights, mean_ratio, percentile
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import fold_spaces

#: bootstrap draws of a gain's ratio. Sensitivity: its interval's ends move by about 3 % of their width
REPLICATES = 500


@dataclass(frozen=True)
class Reading:
    """What a reader of sex and one of age say of brains (m,), beside the truth.

    Attributes:
        right: (m,) 1 where the sex is read as it is.
        error: (m,) absolute error of age, years.
        usual_right, usual_error: (m,) the same of the commonest sex and the mean age of whom they learned from.
    """

    right: np.ndarray
    error: np.ndarray
    usual_right: np.ndarray
    usual_error: np.ndarray

    @property
    def sex_gain(self) -> np.ndarray:
        """(m,) right beyond the commonest sex."""
        gain: np.ndarray = self.right - self.usual_right
        return gain

    @property
    def age_gain(self) -> np.ndarray:
        """(m,) years nearer than the mean age."""
        gain: np.ndarray = self.usual_error - self.error
        return gain


def read(taught: KnownPeople, tested: KnownPeople, mask: np.ndarray) -> Reading:
    """Return how linear readers that learn from some brains read others; families choose their penalties together.

    Args:
        taught: n brains that readers learn from.
        tested: m brains that are read.
        mask: (X, Y, Z) bool.
    """
    both = np.concatenate([taught.volumes[:, mask], tested.volumes[:, mask]])
    covariates, rows, count = (
        np.concatenate([taught.covariates, tested.covariates]),
        np.arange(len(both)),
        len(taught),
    )
    spaces = fold_spaces(both, [(rows[:count], rows[count:])])
    groups = np.concatenate([taught.groups, taught.groups.max() + 1 + tested.groups])
    sexes = np.where(covariates[:, 1] > 0.5, "M", "F")
    said, years = classify(spaces, sexes, groups, 0), regress(spaces, covariates[:, 0], groups, 0).raw
    known, truth = taught.covariates, tested.covariates
    commonest = round(float(known[:, 1].mean()))
    return Reading(
        (said.predicted == said.truth).astype(float),
        np.abs(years.predicted - years.truth),
        (truth[:, 1] == commonest).astype(float),
        np.abs(truth[:, 0] - known[:, 0].mean()),
    )


def read_findings(
    common: Mapping[str, Any], brains: np.ndarray, people: ComparedPeople, mask: np.ndarray
) -> list[Finding]:
    """Return what readers that learned from other people see in brains made for the fresh people.

    Args:
        common: fields of every finding.
        brains: (m, X, Y, Z).
        people: the readers' part teaches, the fresh people are the baseline.
        mask: (X, Y, Z) bool.
    """
    fresh = people.fresh
    made, real = (read(people.readers, each, mask) for each in (replace(fresh, volumes=brains), fresh))
    return _beside(common, ("read_sex_accuracy", "read_age_mae"), made, (real, "fresh_scans"), fresh)


def taught_findings(
    common: Mapping[str, Any], teaching: np.ndarray, people: ComparedPeople, mask: np.ndarray
) -> list[Finding]:
    """Return how readers that learned from generated brains alone read fresh people, beside real people's.

    Args:
        common: fields of every finding.
        teaching: (n, X, Y, Z) made for the people that the generator learned from.
        people: of the same number, the real ones teach the baseline.
        mask: (X, Y, Z) bool.
    """
    learned, fresh = people.learned, people.fresh
    # generated brains are nobody's relatives
    generated = replace(learned, volumes=teaching, groups=np.arange(len(learned)))
    made, real = (read(taught, fresh, mask) for taught in (generated, learned))
    seed = int(common["seed"])
    findings = _beside(common, ("taught_sex_accuracy", "taught_age_mae"), made, (real, "training_scans"), fresh)
    for over, ratio, gains in (
        ("taught_sex_over_majority", "taught_sex_gain", (made.sex_gain, real.sex_gain)),
        ("taught_age_over_mean", "taught_age_gain", (made.age_gain, real.age_gain)),
    ):
        plain = mean_ratio(gains[0], 1.0, fresh.groups, seed, REPLICATES)
        beside = measured(over, plain, "training_scans", float(gains[1].mean()))
        findings += [
            GeneratorMeasure(**common, features="voxels", **beside),
            *_gain(common, ratio, gains, fresh),
        ]
    return findings


def _beside(
    common: Mapping[str, Any],
    metrics: tuple[str, str],
    made: Reading,
    real: tuple[Reading, str],
    fresh: KnownPeople,
) -> list[Finding]:
    seed, (beside, baseline) = int(common["seed"]), real
    pairs = zip(metrics, (made.right, made.error), (beside.right, beside.error), strict=True)
    return [
        GeneratorMeasure(
            **common,
            features="voxels",
            **measured(
                metric, mean_ratio(values, 1.0, fresh.groups, seed, REPLICATES), baseline, float(others.mean())
            ),
        )
        for metric, values, others in pairs
    ]


def _gain(
    common: Mapping[str, Any], metric: str, gains: tuple[np.ndarray, np.ndarray], fresh: KnownPeople
) -> list[Finding]:
    """Return a gain by that of readers taught by real people; nothing where that may be none."""
    made, real = gains
    weights = group_weights(fresh.groups, int(common["seed"]), REPLICATES)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = percentile((weights @ made) / (weights @ real))
        value = float(made.mean() / real.mean())
    if not high - low < WIDEST:
        return []
    estimate = measured(metric, (value, low, high), "training_scans", 1.0)
    return [GeneratorMeasure(**common, features="voxels", **estimate)]
