"""Priors from the template's maps."""

import numpy as np
import pytest

from brainaging.pipeline.measures.own_anatomy.template_tissue import (
    mixture_prior,
    mixtures,
    near_template,
    template_maps,
    template_shares,
)
from brainaging.transforms import get_grid, template_mask


def test_mixtures_are_all_of_a_quarter_s_steps():
    states = mixtures()
    assert len({tuple(row) for row in states.tolist()}) == len(states) == 15
    np.testing.assert_allclose(states.sum(axis=1), 1)
    assert (states.max(axis=1) == 1).sum() == 3


@pytest.mark.parametrize("name", ["t1w_32", "t1w_48"])
def test_priors_sum_to_one_and_are_the_same_on_both_sides(name):
    grid = get_grid(name)
    prior, near = mixture_prior(grid), near_template(grid)
    assert prior.shape == (near.sum(), 15)
    assert prior.min() > 0
    np.testing.assert_allclose(prior.sum(axis=1), 1, rtol=1e-5)
    dense = np.zeros((*grid.shape, 15), np.float32)
    dense[near] = prior
    np.testing.assert_allclose(dense, dense[::-1], atol=2e-3)


def test_larger_voxels_are_more_often_mixed():
    pure = {}
    for name in ("t1w_32", "t1w_96"):
        grid = get_grid(name)
        brain = template_mask(grid)[near_template(grid)]
        pure[name] = mixture_prior(grid)[brain][:, mixtures().max(axis=1) == 1].sum(axis=1).mean()
    assert pure["t1w_32"] < 0.8 * pure["t1w_96"]


def test_shares_on_a_grid_have_the_template_s_volumes():
    grid = get_grid("t1w_48")
    grey, white, _, _ = template_maps()
    shares, filled = template_shares(grid)
    for share, whole in zip(shares[1:], (grey, white), strict=True):
        assert (share * filled).sum() * grid.voxel_ml == pytest.approx(whole.sum() / 1000, rel=0.02)
