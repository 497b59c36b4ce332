import numpy as np
import pytest
import torch

from brainaging.networks import Alignment, VelocityLattice
from brainaging.transforms import get_grid, origin_voxel, scale_head, template_mask, template_volume


@pytest.fixture(scope="module")
def alignment() -> Alignment:
    lattice = VelocityLattice(32, 6.0, 32.0)
    aligner = Alignment(lattice, template_mask("t1w_32", dilate_mm=9.0), 0.001)
    aligner.set_template(torch.from_numpy(template_volume("t1w_32")))
    return aligner


def test_a_planted_deformation_is_found(alignment):
    draws = 3.0 * torch.randn(4, alignment.size, generator=torch.Generator().manual_seed(0))
    brains = alignment.pulled(alignment.template.expand(4, -1, -1, -1), -draws)
    velocities = alignment.align(brains, torch.zeros_like(draws), steps=8)
    inside = alignment.inside

    def left(candidates: torch.Tensor) -> float:
        return float((alignment.pulled(brains, candidates) - alignment.template)[:, inside].square().mean())

    # the planted velocities leave the blur of resampling twice; what was aligned may not leave more
    assert left(velocities) < left(draws) < 0.5 * left(torch.zeros_like(draws))
    planted, recovered = alignment.flow(draws), alignment.flow(velocities)
    correlation = np.corrcoef(planted[..., inside].ravel(), recovered[..., inside].ravel())[0, 1]
    assert correlation > 0.9


def test_the_template_itself_stays(alignment):
    still = torch.zeros(1, alignment.size)
    assert alignment.align(alignment.template[None], still, steps=1).abs().max() < 1e-3


@pytest.mark.parametrize("scale", [0.95, 1.05])
def test_however_stiff_a_head_is_enlarged_as_a_whole_and_nothing_bends(scale):
    grid, brain = get_grid("t1w_32"), template_volume("t1w_32")
    stiff = Alignment(VelocityLattice(32, 6.0, 32.0), template_mask("t1w_32", dilate_mm=9.0), 30.0)
    stiff.set_template(torch.from_numpy(brain))
    larger = torch.from_numpy(scale_head(brain, scale, origin_voxel(grid)))[None]
    displacement = stiff.flow(stiff.align(larger, torch.zeros(1, stiff.size), steps=8))[0, :, stiff.inside].numpy()
    where = np.argwhere(stiff.inside.numpy())
    design = np.column_stack([np.ones(len(where)), where])
    fitted, left, *_ = np.linalg.lstsq(design, displacement.T, rcond=None)
    assert np.diag(fitted[1:]).mean() == pytest.approx(scale - 1, rel=0.1)
    assert left.sum() < 0.02 * np.square(displacement - displacement.mean(axis=1, keepdims=True)).sum()


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="cube of 32"):
        Alignment(VelocityLattice(32, 6.0, 32.0), np.ones((16, 16, 16), bool), 0.01)
