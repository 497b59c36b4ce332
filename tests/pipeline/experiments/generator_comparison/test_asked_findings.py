"""Brains that are what was asked for have ratios of one, brains that know half of age a half."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.generator_comparison.asked_findings import (
    REAL,
    WIDEST,
    asked_findings,
    instrument_findings,
)
from brainaging.pipeline.experiments.generator_comparison.compared_people import KnownPeople
from brainaging.pipeline.results import Finding

COMMON = {"experiment": "generators", "cohort": "toy", "model": "conditional_flow", "seed": 0}


def _people(count: int, seed: int) -> KnownPeople:
    rng = np.random.default_rng(seed)
    covariates = np.column_stack(
        [rng.uniform(20, 80, count), rng.integers(0, 2, count), rng.normal(1400, 100, count)]
    )
    volumes = _volumes(covariates, rng)
    return KnownPeople(np.empty((count, 0)), covariates, np.arange(count) // 2, {"ventricles": volumes})


def _volumes(covariates: np.ndarray, rng: np.random.Generator, ageing: float = 1.0) -> np.ndarray:
    age, _, size = covariates.T
    return 20 + ageing * 0.3 * (age - 50) + 10 * np.log(size / 1400) + rng.normal(size=len(age))


def _values(findings: list[Finding]) -> dict[str, float]:
    return {finding.metric: finding.value for finding in findings}


@pytest.mark.parametrize("ageing", [1.0, 0.5, 0.0])
def test_the_share_of_ageing_that_was_planted_is_found(ageing: float) -> None:
    fresh, others = _people(300, 0), _people(300, 1)
    made = _volumes(fresh.covariates, np.random.default_rng(2), ageing)
    findings = asked_findings(
        COMMON,
        {"ventricles": made},
        (fresh, {"ventricles": fresh.true["ventricles"]}),
        (others, {"ventricles": others.true["ventricles"]}),
    )
    found = _values(findings)
    assert found["age_slope_ratio"] == pytest.approx(ageing, abs=0.06)
    assert found["age_slope"] == pytest.approx(3 * ageing, abs=0.2)
    assert found["spread_ratio"] == pytest.approx(1, abs=0.12)
    distance = next(finding for finding in findings if finding.metric == "within_decades")
    assert (distance.ratio > 2) == (ageing < 1)


def test_a_ratio_to_what_may_be_nothing_is_not_shown() -> None:
    fresh, others = _people(60, 3), _people(60, 4)
    noise = np.random.default_rng(5).normal(size=(3, 60))
    found = asked_findings(COMMON, {"grey": noise[0]}, (fresh, {"grey": noise[1]}), (others, {"grey": noise[2]}))
    names = {finding.metric for finding in found}
    assert "age_slope" in names
    assert "age_slope_ratio" not in names
    assert all(
        finding.ci_high - finding.ci_low < WIDEST for finding in found if finding.metric == "head_size_slope_ratio"
    )


def test_an_instrument_that_sees_half_of_ageing_is_told_so() -> None:
    people = _people(300, 6)
    seen = 0.5 * people.true["ventricles"] + 0.01 * np.random.default_rng(7).normal(size=300)
    found = instrument_findings(COMMON, people, {"ventricles": seen, "cortex_read": seen})
    assert {finding.model for finding in found} == {REAL}
    assert {finding.features for finding in found} == {"ventricles"}, "of the cortex nothing true is known here"
    assert _values(found)["age_slope_ratio"] == pytest.approx(0.5, abs=0.01)
    assert _values(found)["volume_r"] > 0.99
