"""Class means and bias field of one scan: planted ones are found."""

import numpy as np
import pytest

from brainaging.pipeline.measures.own_anatomy.class_intensities import ClassIntensities, fit, monomials, posterior
from brainaging.pipeline.measures.own_anatomy.template_tissue import mixtures


@pytest.fixture(scope="module")
def planted():
    """Return a function of means: intensities of 6,000 voxels, their prior, mixtures, places and bias field."""

    def made(means, bias=0.0, seed=0):
        rng = np.random.default_rng(seed)
        states = mixtures()
        prior = rng.dirichlet(np.full(len(states), 0.3), size=6000).astype(np.float32)
        drawn = np.array([rng.choice(len(states), p=row / row.sum()) for row in prior.astype(float)])
        points = rng.uniform(-70, 70, (6000, 3))
        values = states[drawn] @ np.asarray(means, np.float32) + 0.02 * rng.normal(size=6000)
        field = np.exp(bias * points[:, 1] / 70)
        return (values * field).astype(np.float32), prior, states, points, field

    return made


@pytest.mark.parametrize("means", [(0.3, 0.65, 0.95), (0.15, 0.5, 1.0), (0.45, 0.75, 1.0)])
def test_planted_means_are_found(planted, means):
    values, prior, states, points, _ = planted(means)
    np.testing.assert_allclose(fit(values, prior, states, points).means, means, atol=0.03)


def test_a_planted_bias_field_is_found(planted):
    values, prior, states, points, field = planted((0.3, 0.65, 0.95), bias=0.2)
    found = fit(values, prior, states, points).field(points)
    ratio = np.log(found / field)
    assert np.std(ratio) < 0.25 * np.std(np.log(field))


def test_the_field_s_powers_are_those_of_a_cubic_without_a_constant():
    points = np.array([[90.0, 0, 0], [0, 90.0, 90.0]])
    assert monomials(points).shape == (2, 19)
    assert monomials(np.zeros((1, 3))).sum() == 0
    np.testing.assert_allclose(ClassIntensities(np.ones(3), np.zeros(19)).field(points), 1)


def test_what_no_mixture_explains_is_left_to_the_prior():
    states = mixtures()
    prior = np.full((1, len(states)), 1 / len(states), np.float32)
    prior[0, 0] *= 5
    found = posterior(np.array([9.0], np.float32), prior, states, np.array([0.3, 0.6, 1.0]))
    np.testing.assert_allclose(found, prior / prior.sum(), rtol=1e-5)
