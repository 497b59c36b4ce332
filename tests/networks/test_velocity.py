import pytest
import torch

from brainaging.networks import VelocityLattice


def smooth(lattice: VelocityLattice, mm: float = 4.0) -> torch.Tensor:
    draws = torch.randn(1, 3, *[lattice.knots] * 3, generator=torch.Generator().manual_seed(0))
    return lattice.velocity(mm * draws)


def test_constant_coefficients_are_a_constant_velocity():
    lattice = VelocityLattice(16, 12.0, 40.0)
    velocity = lattice.velocity(torch.full((1, 3, *[lattice.knots] * 3), 6.0))
    torch.testing.assert_close(velocity, torch.full_like(velocity, 0.5))


def test_there_and_back_is_where_one_was():
    lattice = VelocityLattice(32, 6.0, 32.0)
    velocity = smooth(lattice)
    there, back = lattice.exponential(velocity), lattice.exponential(-velocity)
    left = (there + lattice.at(back, there))[..., 6:-6, 6:-6, 6:-6]
    assert there.abs().max() > 0.5
    assert left.abs().max() < 0.05 * there.abs().max()


def test_a_still_field_moves_nothing_to_the_last_bit():
    lattice = VelocityLattice(16, 12.0, 48.0)
    volume = torch.rand(2, 1, 16, 16, 16, generator=torch.Generator().manual_seed(1))
    still = torch.zeros(2, 3, 16, 16, 16)
    torch.testing.assert_close(lattice.warp(volume, still), volume, atol=1e-5, rtol=0)
    assert torch.equal(lattice.exponential(still), still)


def test_the_same_coefficients_are_the_same_millimetres_on_every_grid():
    fine, coarse = VelocityLattice(64, 3.0, 24.0), VelocityLattice(32, 6.0, 24.0)
    draws = torch.randn(1, 3, *[fine.knots] * 3, generator=torch.Generator().manual_seed(2))
    one = fine.velocity(draws) * 3.0
    pooled = torch.nn.functional.avg_pool3d(one, 2)
    torch.testing.assert_close(pooled, coarse.velocity(draws) * 6.0, atol=0.05, rtol=0)


@pytest.mark.parametrize("wrong", [{"size": 0}, {"spacing": 0.0}, {"knots_mm": -1.0}])
def test_sizes_must_be_positive(wrong):
    with pytest.raises(ValueError, match="positive"):
        VelocityLattice(**{"size": 8, "spacing": 1.0, "knots_mm": 2.0, **wrong})
