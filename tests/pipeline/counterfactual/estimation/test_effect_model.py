"""The likeliest variances: chance is told from effects, and known changes come out as large as they are."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.estimation.effect_model import Coordinates, gain, likeliest

AXES, POWERS = 80, (0.0, 0.5, 1.0)


def coordinates(along: np.ndarray, noise: np.ndarray, motions: np.ndarray | None = None) -> Coordinates:
    """Return coefficients with nothing beyond their axes."""
    known = np.zeros((0, AXES)) if motions is None else motions
    return Coordinates(
        along,
        0.0,
        known,
        np.zeros(len(known)),
        np.zeros((len(known),) * 2),
        np.append(noise, noise[-1]),
        np.append(np.ones(AXES), 1e-6),
        np.ones(len(known)),
    )


@pytest.fixture
def noise() -> np.ndarray:
    return np.geomspace(1.0, 0.01, AXES)


def test_of_chance_little_is_kept_and_of_effects_most(noise):
    kept = {"chance": [], "effects": []}
    for seed in range(20):
        random = np.random.default_rng(seed)
        errors = random.standard_normal(AXES) * np.sqrt(noise)
        kept["chance"].append(likeliest(coordinates(errors, noise), POWERS).keep[:-1].mean())
        planted = errors + random.standard_normal(AXES)
        kept["effects"].append(likeliest(coordinates(planted, noise), POWERS).keep[:-1].mean())
    assert np.mean(kept["chance"]) < 0.15
    assert np.mean(kept["effects"]) > 0.7


def found_amplitudes(amplitudes: np.ndarray, noise: np.ndarray, seed: int, left: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    motions = 3 * random.standard_normal((len(amplitudes), AXES)) * np.sqrt(noise)
    effect = amplitudes @ motions + left * random.standard_normal(AXES)
    at = coordinates(effect + random.standard_normal(AXES) * np.sqrt(noise), noise, motions)
    square, product, _ = at.moments(likeliest(at, POWERS).weights)
    return gain(square, product, at.units) @ product


@pytest.mark.parametrize("left", [0.0, 0.3])
def test_known_changes_come_out_as_large_as_they_are(noise, left):
    planted = np.array([2.0, -1.0, 0.0])
    found = np.mean([found_amplitudes(planted, noise, seed, left) for seed in range(20)], axis=0)
    np.testing.assert_allclose(found, planted, atol=0.12)


def test_where_nothing_is_planted_amplitudes_are_next_to_nothing(noise):
    found = [found_amplitudes(np.zeros(3), noise, seed, 0.0) for seed in range(20)]
    # a least-squares estimate has a standard error of about 0.04 here
    assert np.sqrt(np.mean(np.square(found))) < 0.03


def test_without_known_changes_there_are_no_amplitudes():
    assert gain(np.zeros((0, 0)), np.zeros(0), np.zeros(0)).shape == (0, 0)
    assert not gain(np.zeros((2, 2)), np.zeros(2), np.ones(2)).any()
