"""Classes are found where they were put, and a voxel between two tissues is shared between them."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.anatomies.tissue_shares import TissueClasses, fit_classes, floored

MEANS = np.array([0.2, 0.6, 0.95])
NOISE = 0.05


@pytest.fixture(scope="module")
def voxels():
    """Shares (3, n) of pure and mixed voxels, their intensities, and a prior that is blurred and a tenth wrong."""
    rng = np.random.default_rng(0)
    shares = np.zeros((3, 60_000))
    kind = rng.integers(0, 3, shares.shape[1])
    part = np.where(rng.random(shares.shape[1]) < 0.7, 1.0, rng.random(shares.shape[1]))
    shares[kind, np.arange(len(kind))] = part
    shares[np.where(kind == 1, 2 * rng.integers(0, 2, len(kind)), 1), np.arange(len(kind))] += 1 - part
    intensity = MEANS @ shares + NOISE * rng.standard_normal(len(kind))
    prior = 0.85 * shares + 0.05
    wrong = rng.random(len(kind)) < 0.1
    prior[:, wrong] = np.roll(prior[:, wrong], 1, axis=0)
    return shares, intensity, prior


def test_means_and_noise_are_found(voxels):
    _, intensity, prior = voxels
    classes = fit_classes(intensity, prior)
    np.testing.assert_allclose(classes.means, MEANS, atol=0.02)
    assert (np.abs(classes.sds - NOISE) < 0.03).all()


def test_shares_are_those_that_were_mixed_and_within_bounds(voxels):
    shares, intensity, prior = voxels
    grey, white = fit_classes(intensity, prior).shares(intensity, floored(prior))
    for found, true in ((grey, shares[1]), (white, shares[2])):
        assert found.min() >= 0
        assert found.max() <= 1 + 1e-9
        assert np.corrcoef(found, true)[0, 1] > 0.95
        assert found.mean() == pytest.approx(true.mean(), abs=0.02)
    assert (grey + white).max() <= 1 + 1e-9


def test_gain_changes_no_share(voxels):
    _, intensity, prior = voxels
    classes = fit_classes(intensity, prior)
    louder = TissueClasses(2 * classes.means, 2 * classes.sds)
    np.testing.assert_allclose(louder.shares(2 * intensity, prior), classes.shares(intensity, prior), atol=1e-9)


def test_the_prior_decides_where_intensity_does_not():
    classes = TissueClasses(MEANS, np.full(3, NOISE))
    between = np.array([0.775])
    deep_grey, deep_white = np.array([[0.02], [0.9], [0.08]]), np.array([[0.02], [0.08], [0.9]])
    assert classes.shares(between, deep_grey)[0] > classes.shares(between, deep_white)[0]


def test_a_scan_that_is_turned_over_or_has_one_tissue_is_refused(voxels):
    _, intensity, prior = voxels
    with pytest.raises(ValueError, match="expected fluid darker than grey"):
        fit_classes(1 - intensity, prior)
    with pytest.raises(ValueError, match="found none of one of them"):
        fit_classes(intensity, np.stack([np.ones(len(intensity)), *np.zeros((2, len(intensity)))]))
