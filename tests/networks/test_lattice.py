import pytest
import torch
from monai.networks.blocks import Warp

from brainaging.networks.lattice import Lattice, linear

LATTICE = Lattice((-9.0, 4.0, 0.0), (5, 6, 7), 3.0)


def test_a_linear_function_is_sampled_exactly_between_the_points():
    slope, offset = torch.tensor([0.5, -2.0, 1.0]), 7.0
    values = (LATTICE.points() @ slope + offset)[None]
    where = torch.tensor([[-7.3, 11.1, 2.0], [0.0, 8.5, 17.9]])
    torch.testing.assert_close(LATTICE.sample(values, where)[0], where @ slope + offset)


def test_its_own_points_give_back_the_values():
    values = torch.rand(2, *LATTICE.shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(LATTICE.sample(values, LATTICE.points()), values)
    torch.testing.assert_close(LATTICE.at(values, torch.zeros(3, *LATTICE.shape)), values)


def test_edge_values_hold_beyond():
    values = torch.rand(1, *LATTICE.shape, generator=torch.Generator().manual_seed(1))
    assert LATTICE.sample(values, torch.tensor([[-900.0, -900.0, -900.0]])).item() == values[0, 0, 0, 0].item()


def test_moving_by_a_step_reads_the_next_point():
    values = torch.rand(1, *LATTICE.shape, generator=torch.Generator().manual_seed(2))
    step = torch.tensor([0.0, 3.0, 0.0])[:, None, None, None].expand(3, *LATTICE.shape)
    torch.testing.assert_close(LATTICE.at(values, step)[:, :, :-1], values[:, :, 1:])


@pytest.mark.filterwarnings("ignore:monai")
def test_sampling_is_monai_s():
    draws = torch.Generator().manual_seed(3)
    values, displacement = torch.rand(2, 1, 8, 8, 8, generator=draws), torch.randn(2, 3, 8, 8, 8, generator=draws)
    voxels = torch.stack(torch.meshgrid([torch.arange(8.0)] * 3, indexing="ij"))
    where = ((voxels + displacement) * 2 / 7 - 1).permute(0, 2, 3, 4, 1)
    expected = Warp(padding_mode="border")(values, displacement)
    torch.testing.assert_close(linear(values, where), expected, atol=1e-6, rtol=0)
