"""The Gaussian sampler on principal components."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity import GaussianSampler


@pytest.fixture
def fitted(ball):
    volumes, mask = ball
    return GaussianSampler.fit(volumes, mask, 6)


def test_samples_have_the_training_scores_mean_and_variance(fitted):
    scores = fitted.pca.encode(fitted.sample(4000, 0), 6)
    np.testing.assert_allclose(scores.mean(axis=0) / np.sqrt(fitted.pca.variance[:6]), 0, atol=0.06)
    np.testing.assert_allclose(scores.var(axis=0) / fitted.pca.variance[:6], 1, atol=0.1)
    off = np.corrcoef(scores.T) - np.eye(6)
    assert np.abs(off).max() < 0.06


def test_samples_lie_in_the_mask_and_on_the_components(fitted, ball):
    _, mask = ball
    brains = fitted.sample(3, 1)
    assert not brains[:, ~mask].any()
    np.testing.assert_allclose(fitted.pca.reconstruct(brains, 6), brains, atol=1e-5)


def test_same_seed_same_brains(fitted):
    np.testing.assert_array_equal(fitted.sample(2, 5), fitted.sample(2, 5))
    assert not np.array_equal(fitted.sample(2, 5), fitted.sample(2, 6))


def test_no_more_components_than_the_volumes_span(ball):
    volumes, mask = ball
    assert GaussianSampler.fit(volumes[:4], mask).components == 3
