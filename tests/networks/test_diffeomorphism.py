import pytest
import torch
from monai.networks.blocks import DVF2DDF

from brainaging.networks import VelocityLattice
from brainaging.networks.diffeomorphism import FoldedWarpError, check_positive, exponential, jacobian_determinant
from brainaging.networks.lattice import Lattice

SIZE, STEP = 24, 5.0
LATTICE = Lattice((-57.5, -57.5, -57.5), (SIZE,) * 3, STEP)


def turned(angle: float) -> torch.Tensor:
    """The velocity (3, X, Y, Z) in mm of a turn about z, whose flow is known."""
    x, y, z = LATTICE.points().unbind(-1)
    return angle * torch.stack([-y, x, torch.zeros_like(z)])


def test_the_flow_of_a_turn_is_the_turn():
    angle = torch.tensor(0.3)
    displacement = exponential(turned(0.3), LATTICE.at, 7)
    x, y, _ = LATTICE.points().unbind(-1)
    expected = torch.stack([x * angle.cos() - y * angle.sin() - x, x * angle.sin() + y * angle.cos() - y])
    # away from the edge, beyond which values are held
    inner = (slice(None), *(slice(6, -6),) * 3)
    torch.testing.assert_close(displacement[:2][inner], expected[inner], atol=0.05, rtol=0)


def test_half_the_time_twice_is_the_whole():
    velocity = turned(0.2)
    half, whole = exponential(velocity / 2, LATTICE.at, 5), exponential(velocity, LATTICE.at, 6)
    torch.testing.assert_close(half + LATTICE.at(half, half), whole)


def test_millimetres_on_a_lattice_are_voxels_of_a_cube():
    cube = VelocityLattice(SIZE, STEP, 30.0)
    draws = torch.randn(1, 3, *[cube.knots] * 3, generator=torch.Generator().manual_seed(0))
    velocity = cube.velocity(4 * draws)
    on_lattice = exponential(STEP * velocity[0], LATTICE.at, 4)
    torch.testing.assert_close(cube.exponential(velocity)[0] * STEP, on_lattice, atol=1e-3, rtol=0)


@pytest.mark.filterwarnings("ignore:monai")
def test_the_flow_is_monai_s():
    cube = VelocityLattice(SIZE, STEP, 30.0)
    draws = torch.randn(1, 3, *[cube.knots] * 3, generator=torch.Generator().manual_seed(1))
    velocity = cube.velocity(8 * draws)
    expected = DVF2DDF(4, padding_mode="border")(velocity)
    torch.testing.assert_close(cube.exponential(velocity), expected, atol=1e-5, rtol=0)


def test_the_jacobian_of_a_scaling_is_its_volume():
    displacement = 0.1 * LATTICE.points().permute(3, 0, 1, 2)
    torch.testing.assert_close(jacobian_determinant(displacement, STEP), torch.full(LATTICE.shape, 1.1**3))
    assert check_positive(displacement, STEP, "anyone") == pytest.approx(1.1**3, rel=1e-5)


def test_a_turn_keeps_volume():
    inner = (slice(6, -6),) * 3
    volume = jacobian_determinant(exponential(turned(0.3), LATTICE.at, 7), STEP)[inner]
    torch.testing.assert_close(volume, torch.ones_like(volume), atol=0.01, rtol=0)


def test_a_fold_is_refused_by_name():
    mirrored = -2 * LATTICE.points().permute(3, 0, 1, 2)
    with pytest.raises(FoldedWarpError, match=r"subject 7: the warp folds .*-1\.000"):
        check_positive(mirrored, STEP, "subject 7")
