"""Slopes and spreads of what was ordered: a faithful generator has ratios of one, a shrunken one has less."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity.conditional_truth import SLOPES, conditional_design, conditional_truth


@pytest.fixture(scope="module")
def covariates() -> np.ndarray:
    random = np.random.default_rng(0)
    age, male = random.uniform(20, 90, 600), (random.random(600) < 0.5).astype(float)
    return np.stack([age, male, 1420 * np.exp(0.06 * random.standard_normal(600)) * (1 + 0.12 * male)], axis=1)


def _measure(covariates: np.ndarray, seed: int, slope: float = 1.0, spread: float = 1.0) -> np.ndarray:
    """A volume with 3 mL a decade, 2 mL of sex and 8 mL for a tenth of head size, and 4 mL of everybody's own."""
    x = conditional_design(covariates)
    own = np.random.default_rng(seed).standard_normal(len(x))
    return 50 + slope * (x @ np.array([0, 3.0, 0.4, 2.0, 8.0])) + 4 * spread * own


def _truth(covariates: np.ndarray, made: np.ndarray):
    other = np.column_stack([_measure(covariates, 9), covariates])
    return conditional_truth(made, _measure(covariates, 1), other, covariates, np.arange(600) // 2, 0)


def test_a_faithful_generator_has_the_planted_slopes_and_spread(covariates) -> None:
    truth = _truth(covariates, _measure(covariates, 2))
    assert [truth.slopes[name].real for name in SLOPES] == pytest.approx([3, 2, 8], abs=0.8)
    for figure in (truth.slopes["decade"], truth.slopes["10 % of head size"], truth.spread):
        assert figure.low < 1 < figure.high
        assert figure.ratio == pytest.approx(1, abs=0.15)
    assert truth.distance < 1.5 * truth.floor


def test_slopes_and_spreads_that_are_too_small_are_seen(covariates) -> None:
    truth = _truth(covariates, _measure(covariates, 2, slope=0.5, spread=0.6))
    assert truth.slopes["decade"].high < 0.75
    assert truth.spread.high < 0.8
    assert truth.spread.ratio == pytest.approx(0.6, abs=0.08)
    assert truth.distance > 2 * truth.floor
