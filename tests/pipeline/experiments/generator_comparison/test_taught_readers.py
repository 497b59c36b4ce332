"""Brains that carry age and sex teach as people do; brains that carry neither teach nothing."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.generator_comparison.compared_people import ComparedPeople, KnownPeople
from brainaging.pipeline.experiments.generator_comparison.taught_readers import read_findings, taught_findings
from brainaging.pipeline.results import Finding
from brainaging.transforms import get_grid

COMMON = {"experiment": "generators", "cohort": "toy", "model": "conditional_flow", "seed": 0}
MASK = np.ones((5, 5, 5), dtype=bool)


def _brains(covariates: np.ndarray, rng: np.random.Generator, knows: bool = True) -> np.ndarray:
    brains = rng.normal(size=(len(covariates), 5, 5, 5))
    if knows:
        brains[:, 0] += ((covariates[:, 0] - 50) / 10)[:, None, None]
        brains[:, 1] += (2 * covariates[:, 1] - 1)[:, None, None]
    return brains


def _people(count: int, seed: int) -> KnownPeople:
    rng = np.random.default_rng(seed)
    covariates = np.column_stack(
        [rng.uniform(20, 80, count), rng.integers(0, 2, count), rng.normal(1400, 100, count)]
    )
    return KnownPeople(_brains(covariates, rng), covariates, np.arange(count))


@pytest.fixture(scope="module")
def people() -> ComparedPeople:
    return ComparedPeople(_people(80, 0), _people(60, 1), _people(80, 2), get_grid("t1w_32"), "toy")


def _by_metric(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.metric: finding for finding in findings}


def test_brains_that_carry_age_and_sex_teach_as_people_do(people: ComparedPeople) -> None:
    brains = _brains(people.learned.covariates, np.random.default_rng(3))
    found = _by_metric(taught_findings(COMMON, brains, people, MASK))
    assert found["taught_sex_accuracy"].value > 0.9
    assert found["taught_sex_gain"].value == pytest.approx(1, abs=0.1)
    assert found["taught_age_gain"].value == pytest.approx(1, abs=0.1)


def test_brains_that_carry_nothing_teach_nothing(people: ComparedPeople) -> None:
    brains = _brains(people.learned.covariates, np.random.default_rng(4), knows=False)
    found = _by_metric(taught_findings(COMMON, brains, people, MASK))
    assert found["taught_sex_gain"].value < 0.5
    assert found["taught_age_gain"].value < 0.3
    assert found["taught_age_over_mean"].ci_low < 0.1 * found["taught_age_over_mean"].baseline_value


def test_what_was_asked_for_is_read_in_brains_that_carry_it(people: ComparedPeople) -> None:
    asked = people.fresh.covariates
    good, bad = (
        _by_metric(read_findings(COMMON, _brains(asked, np.random.default_rng(5), knows), people, MASK))
        for knows in (True, False)
    )
    assert good["read_sex_accuracy"].value > 0.9 > 0.7 > bad["read_sex_accuracy"].value
    assert good["read_age_mae"].value < 0.5 * bad["read_age_mae"].value
    assert good["read_age_mae"].baseline_value == bad["read_age_mae"].baseline_value
