"""Tissue flows alike on every grid, and back again."""

import numpy as np
import pytest
import torch

from brainaging.networks import VelocityLattice
from brainaging.pipeline.counterfactual.own_tissue import COMPONENTS, OwnTissue, own_tissue
from brainaging.pipeline.counterfactual.own_tissue.flow import brightening, flow
from brainaging.transforms import get_grid, template_volume

GRIDS = [get_grid(name) for name in ("t1w_32", "t1w_48")]
STEP = np.array([0.3, *[0.05] * (len(COMPONENTS) - 3), 0.02, -0.02])


@pytest.fixture(scope="module")
def tissue() -> OwnTissue:
    return own_tissue(template_volume(GRIDS[1]), GRIDS[1])


def lattice(grid) -> VelocityLattice:
    return VelocityLattice(grid.shape[0], grid.spacing, 24.0)


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.name)
def test_nothing_flows_by_nothing_and_back_undoes_there(grid, tissue):
    own = lattice(grid)
    assert not flow(tissue, 0 * STEP, grid, own).any()
    there, back = (flow(tissue, sign * STEP, grid, own) for sign in (1, -1))
    left = back + own.at(there, back)
    assert left.abs().mean() < 0.1 * there.abs().mean()


def test_grids_agree_in_mm(tissue):
    coarse, fine = (flow(tissue, STEP, grid, lattice(grid))[0] * grid.spacing for grid in GRIDS)
    thinned = torch.nn.functional.interpolate(fine[None], size=coarse.shape[1:], mode="trilinear")[0]
    assert np.corrcoef(coarse.ravel().numpy(), thinned.ravel().numpy())[0, 1] > 0.85


def test_tissue_brightens_where_it_is(tissue):
    change = brightening(tissue, STEP, GRIDS[0])
    assert change.shape == GRIDS[0].shape
    assert change.max() > 0.01
    assert change.min() < -0.01
