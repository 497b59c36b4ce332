"""What shrinking took from an effect is given back."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.effect_size import enlargement


def folds(noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return a map (v,), and what five folds see of it, in noise."""
    random = np.random.default_rng(seed)
    effect = random.standard_normal(4000)
    return effect, effect + noise * random.standard_normal((5, 4000))


@pytest.mark.parametrize("noise", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("share", [0.6, 0.8, 1.0])
def test_what_is_missing_is_found_in_noise(share: float, noise: float) -> None:
    effect, own = folds(noise)
    assert enlargement(np.tile(share * effect, (5, 1)), own) == pytest.approx(1 / share, rel=0.08)


@pytest.mark.parametrize("peculiar", [0.0, 0.5, 1.0])
def test_what_is_peculiar_to_the_people_shown_does_not_count(peculiar: float) -> None:
    (effect, own), (other, seen) = folds(1.0), folds(peculiar, 2)
    shown = 0.7 * (effect + seen - other)
    assert enlargement(shown, own) == pytest.approx(1 / 0.7, rel=0.08)


def test_a_fit_that_is_partly_wrong_is_as_large_as_the_effect() -> None:
    effect, own = folds(1.0)
    wrong = 0.6 * effect + 0.3 * np.random.default_rng(1).standard_normal(effect.shape)
    scaled = enlargement(np.tile(wrong, (5, 1)), own) * wrong
    assert np.linalg.norm(scaled) == pytest.approx(np.linalg.norm(effect), rel=0.05)


def test_noise_alone_enlarges_nothing() -> None:
    effect, own = folds(1.0)
    assert enlargement(np.full_like(own, 0.2), own - effect) == 1.0
    assert enlargement(0.1 * own[:1], own[:1]) == 1.0


def test_an_effect_is_never_made_smaller_and_at_most_doubled() -> None:
    effect, own = folds(0.5)
    assert enlargement(np.tile(1.5 * effect, (5, 1)), own) == 1.0
    assert enlargement(np.tile(0.2 * effect, (5, 1)), own) == 2.0
    assert enlargement(np.zeros_like(own), own) == 1.0
