"""What was asked and what is measured: slopes, spread and distances within decades of brains to order."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainaging.pipeline.experiments.generator_comparison.brain_measures import TRUTH_OF
from brainaging.pipeline.experiments.generator_comparison.compared_people import KnownPeople
from brainaging.pipeline.measures.fidelity.conditional_truth import SLOPES, Compared, conditional_truth
from brainaging.pipeline.measures.fidelity.volume_reader import held_correlation
from brainaging.pipeline.results import Distance, Finding, GeneratorMeasure, measured

#: width of a ratio's interval from which it says nothing: the people's own slope may be 0
WIDEST = 2.0
#: metrics by what a slope is for; the sexes at equal head size differ by too little to have a ratio
_RATIOS = {SLOPES[0]: "age_slope_ratio", SLOPES[2]: "head_size_slope_ratio"}
_SLOPES = {SLOPES[0]: "age_slope", SLOPES[1]: "sex_slope", SLOPES[2]: "head_size_slope"}
_NONE = float("nan"), float("nan")
#: whose volumes an instrument is tried on
REAL = "real_people"


def asked_findings(
    common: Mapping[str, Any],
    made: Mapping[str, np.ndarray],
    fresh: tuple[KnownPeople, Mapping[str, np.ndarray]],
    others: tuple[KnownPeople, Mapping[str, np.ndarray]],
) -> list[Finding]:
    """Return findings about brains that were made for fresh people's covariates.

    Args:
        common: fields of every finding, ``model`` among them.
        made: (m,) of the brains, by measure.
        fresh: people, and their (m,) by measure.
        others: other people, and their (n,) by measure: the floor of distances.
    """
    people, real = fresh
    findings: list[Finding] = []
    for name, values in made.items():
        other = np.column_stack([others[1][name], others[0].covariates])
        truth = conditional_truth(values, real[name], other, people.covariates, people.groups, int(common["seed"]))
        fields = {**common, "features": name}
        for what, slope in truth.slopes.items():
            estimate = (slope.made, *_NONE)
            findings.append(
                GeneratorMeasure(**fields, **measured(_SLOPES[what], estimate, "fresh_scans", slope.real))
            )
            if what in _RATIOS and slope.high - slope.low < WIDEST:
                findings.append(_ratio(fields, _RATIOS[what], slope))
        findings.append(_ratio(fields, "spread_ratio", truth.spread))
        distance = (truth.distance, *_NONE)
        findings.append(Distance(**fields, **measured("within_decades", distance, "real_real_floor", truth.floor)))
    return findings


def instrument_findings(
    common: Mapping[str, Any], people: KnownPeople, seen: Mapping[str, np.ndarray]
) -> list[Finding]:
    """Return how right every instrument is on fresh people; none where true volumes are not known.

    Args:
        common: fields of every finding.
        people: (m,) who taught neither generator nor reader.
        seen: their volumes (m,) by measure.
    """
    findings: list[Finding] = []
    for name, of in TRUTH_OF.items():
        if name not in seen or of not in people.true:
            continue
        fields = {**common, "model": REAL, "features": name}
        same = conditional_truth(
            seen[name],
            people.true[of],
            np.column_stack([people.true[of], people.covariates]),
            people.covariates,
            people.groups,
            int(common["seed"]),
        )
        right = (held_correlation(seen[name], people.true[of], people.covariates), *_NONE)
        findings.append(GeneratorMeasure(**fields, **measured("volume_r", right)))
        for what, metric in _RATIOS.items():
            slope = same.slopes[what]
            if slope.high - slope.low < WIDEST:
                findings.append(_ratio(fields, metric, slope, "truth"))
    return findings


def _ratio(fields: Mapping[str, Any], metric: str, of: Compared, baseline: str = "fresh_scans") -> Finding:
    return GeneratorMeasure(**fields, **measured(metric, (of.ratio, of.low, of.high), baseline, 1.0))
