"""Precision, recall, density and coverage: laws."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity import coverage
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_coverage_of_real_against_real_is_one_minus_a_half_to_the_k(rng):
    shares = [coverage(rng.normal(size=(300, 5)), rng.normal(size=(300, 5)), 3).coverage for _ in range(10)]
    assert np.mean(shares) == pytest.approx(1 - 0.5**3, abs=0.03)


def test_a_lost_mode_lowers_recall_and_coverage_and_not_precision(rng):
    centres = np.array([[-10.0, 0.0], [10.0, 0.0]])
    real = centres[np.arange(80) % 2] + rng.normal(size=(80, 2))
    one_mode = centres[0] + 0.5 * rng.normal(size=(80, 2))
    measured = coverage(one_mode, real)
    assert measured.precision == 1
    assert measured.coverage < 0.55
    assert measured.recall < 0.55


def test_noise_outside_lowers_precision_and_density(rng):
    real = rng.normal(size=(60, 3))
    noisy = np.concatenate([real[:30], rng.normal(30, 1, size=(30, 3))])
    measured = coverage(noisy, real)
    assert measured.precision == 0.5
    assert measured.density < coverage(real + 1e-3, real).density


def test_every_share_is_the_mean_of_its_members(rng):
    measured = coverage(rng.normal(size=(20, 4)), rng.normal(size=(30, 4)))
    assert {name: len(values) for name, values in measured.members.items()} == {
        "precision": 20,
        "recall": 30,
        "density": 20,
        "coverage": 30,
    }
    for name, values in measured.members.items():
        assert getattr(measured, name) == pytest.approx(values.mean())


def test_too_few_members_for_the_neighbours_are_named(rng):
    with pytest.raises(UserError, match="more than 5 generated and real brains, found 5 and 9"):
        coverage(rng.normal(size=(5, 2)), rng.normal(size=(9, 2)))
