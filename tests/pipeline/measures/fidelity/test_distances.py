"""Laws of the distances, and MONAI's as the reference where both exist."""

import numpy as np
import pytest
import torch
from monai.metrics import FIDMetric

from brainaging.pipeline.measures.fidelity import distance_to_real, frechet_distance, mmd
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_frechet_is_monais_where_covariances_have_full_rank(rng):
    one, other = rng.normal(size=(200, 8)), rng.normal(0.3, 1.4, size=(150, 8))
    reference = float(FIDMetric()(torch.from_numpy(one), torch.from_numpy(other)))
    assert frechet_distance(one, other) == pytest.approx(reference, rel=1e-6)


def test_frechet_of_a_sample_with_itself_is_zero_even_where_it_is_singular(rng):
    sample = rng.normal(size=(10, 50))
    assert frechet_distance(sample, sample) == pytest.approx(0, abs=1e-9)
    # moved by a vector, it is that vector's square
    assert frechet_distance(sample, sample + 0.5) == pytest.approx(50 * 0.25)


def test_frechet_is_symmetric_and_blind_to_rotation_and_order(rng):
    one, other = rng.normal(size=(40, 6)), rng.normal(1, 2, size=(30, 6))
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    value = frechet_distance(one, other)
    assert frechet_distance(other, one) == pytest.approx(value)
    assert frechet_distance(one[::-1] @ turn, other @ turn) == pytest.approx(value)


def test_mmd_is_around_zero_for_one_distribution_and_grows_apart(rng):
    draws = [mmd(rng.normal(size=(60, 4)), rng.normal(size=(60, 4))) for _ in range(60)]
    # unbiased: the mean of the draws is within four standard errors of zero
    assert abs(np.mean(draws)) < 4 * np.std(draws) / np.sqrt(len(draws))
    assert mmd(rng.normal(size=(60, 4)), rng.normal(1, 1, size=(60, 4))) > 10 * np.std(draws)


@pytest.mark.parametrize(
    ("fake", "real", "words"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "n of at least 2"),
        (np.zeros((5, 2)), np.zeros((5, 3)), "one width"),
        (np.full((5, 3), np.nan), np.zeros((5, 3)), "finite"),
    ],
)
def test_samples_that_cannot_be_compared_are_refused(fake, real, words):
    with pytest.raises(UserError, match=words):
        frechet_distance(fake, real)


def test_a_distance_comes_with_the_floor_of_real_brains(rng):
    train, fresh = rng.normal(size=(40, 3)), rng.normal(size=(30, 3))
    same = distance_to_real(mmd, rng.normal(size=(50, 3)), train, fresh, rng, draws=20)
    apart = distance_to_real(mmd, rng.normal(2, 1, size=(50, 3)), train, fresh, rng, draws=20)
    assert same.n == apart.n == 30
    assert same.low <= same.value <= same.high
    assert same.floor_low <= same.floor <= same.floor_high
    assert apart.value > same.floor_high
    assert apart.ratio == apart.value / apart.floor or apart.floor <= 0


def test_real_features_that_are_all_alike_have_no_bandwidth(rng):
    with pytest.raises(UserError, match="positive bandwidth, found 0"):
        mmd(rng.normal(size=(5, 2)), np.ones((5, 2)))


def test_samples_that_are_taken_whole_have_no_interval(rng):
    brains, train, fresh = (rng.normal(size=(count, 4)) for count in (30, 40, 30))
    whole = distance_to_real(mmd, brains, train, fresh, rng, 5)
    assert np.isnan([whole.low, whole.high]).all() and np.isfinite([whole.value, whole.floor_high]).all()
    more = distance_to_real(mmd, np.concatenate([brains, brains + 0.01]), train, fresh, rng, 5)
    assert more.low < more.high
