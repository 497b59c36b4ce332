"""The classifier test: chance for one distribution, certain for a planted difference, whatever the order."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity import real_or_fake
from brainaging.pipeline.stats.scores import auc, point

MASK = np.ones((4, 4, 4), bool)


@pytest.fixture
def samples():
    return np.random.default_rng(0).normal(size=(2, 60, 4, 4, 4)).astype(np.float32)


def test_one_distribution_is_not_told_apart(samples):
    assert 0.3 < point(auc, real_or_fake(*samples, MASK, 0)) < 0.7


def test_a_shift_of_one_voxel_is_told_apart_and_only_inside_the_mask(samples):
    real, generated = samples
    shifted = generated.copy()
    shifted[:, 0, 0, 0] += 5
    assert point(auc, real_or_fake(real, shifted, MASK, 0)) > 0.95
    without = MASK.copy()
    without[0, 0, 0] = False
    assert point(auc, real_or_fake(real, shifted, without, 0)) < 0.7


def test_as_many_of_each_are_compared(samples):
    predictions = real_or_fake(samples[0], samples[1, :25], MASK, 0)
    assert np.bincount(predictions.truth).tolist() == [25, 25]
    assert set(predictions.classes) == {"real", "fake"}
