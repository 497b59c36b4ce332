"""How well the reader of edited brains reads held-out scans as they are."""

from dataclasses import asdict
from typing import Any

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.learn import Learned
from brainaging.pipeline.counterfactual.score.scorer import HeldOut
from brainaging.pipeline.results import Finding, Probe, Score, Scoring
from brainaging.pipeline.stats.bootstrap import mean_ratio

EXPERIMENT = "edit_readers"
SEX = Probe(target="sex", features="voxels_given_head_size", model="linear_reader")
AGE = Probe(target="age_years", features="voxels_given_head_size", model="linear_reader")


def reader_findings(learned: Learned, held_out: HeldOut, learners: Covariates, scoring: Scoring) -> list[Finding]:
    """Return the reader's accuracy for sex and error for age, beside the commoner sex and the mean age of those
    whom it learned from; where there is no reader, why.

    Args:
        learned: the edit and its reader.
        held_out: people whom neither learned from.
        learners: the reader's people.
        scoring: of the held-out people.
    """
    people, reader = held_out.people, learned.reader
    if reader is None:
        return [
            scoring.not_computed(EXPERIMENT, probe, metric, learned.no_reader)
            for probe, metric in ((SEX, "accuracy"), (AGE, "mae"))
        ]
    male = people.male > 0.5
    right = ((reader.probability_male(held_out.scans, people.head_size) > 0.5) == male).astype(float)
    commoner = float((male == (learners.male.mean() > 0.5)).mean())
    error = np.abs(reader.years(held_out.scans, people.head_size) - people.age)
    from_mean = float(np.abs(people.age - learners.age.mean()).mean())

    def score(probe: Probe, values: np.ndarray, **fields: Any) -> Score:
        value, low, high = mean_ratio(values, 1.0, scoring.groups, scoring.seed, scoring.replicates)
        common = scoring.common(EXPERIMENT, learned.reader_count, len(values))
        return Score(**common, **asdict(probe), value=value, ci_low=low, ci_high=high, **fields)

    return [
        score(SEX, right, metric="accuracy", baseline="majority", baseline_value=commoner),
        score(AGE, error, metric="mae", baseline="mean", baseline_value=from_mean),
    ]
