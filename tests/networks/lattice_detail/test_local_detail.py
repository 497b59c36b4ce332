"""A lattice's numbers stand whatever detail is added, and detail follows from where a template's edges lie."""

import pytest
import torch
from torch import Tensor

from brainaging.networks import LocalDetail, coarse_factor

SHAPE = (16, 12, 20)
MASK = torch.ones(SHAPE, dtype=torch.bool)


def _moved(count: int, seed: int) -> Tensor:
    """Return a striped ball ``(n, 1, X, Y, Z)``, moved by a fraction of a voxel along each axis."""
    random = torch.Generator().manual_seed(seed)
    axes = torch.stack(torch.meshgrid(*[torch.arange(float(n)) for n in SHAPE], indexing="ij"), -1)
    middle = torch.tensor([(n - 1) / 2 for n in SHAPE])
    volumes = []
    for shift in 0.5 * torch.randn(count, 3, generator=random):
        at = axes - middle - shift
        volumes.append(torch.sigmoid(5 - at.norm(dim=-1)) * (1 + 0.3 * torch.sin(1.3 * at).prod(-1)))
    return torch.stack(volumes)[:, None]


@pytest.fixture(scope="module")
def fitted() -> tuple[LocalDetail, float]:
    local = LocalDetail(MASK, 2)
    return local, local.start_from(_moved(60, 0), flip=False)


def test_named_grids_get_a_lattice_of_32_nodes_and_coarse_ones_none() -> None:
    assert [coarse_factor([size] * 3) for size in (32, 48, 64, 96, 128, 192)] == [1, 1, 2, 3, 4, 6]
    with pytest.raises(ValueError, match=r"more than 48 voxels.*got \[51, 52, 51\]"):
        coarse_factor([51, 52, 51])


@torch.no_grad()
def test_it_explains_the_detail_of_volumes_it_never_saw(fitted: tuple[LocalDetail, float]) -> None:
    local, share = fitted
    fresh = _moved(10, 1)
    coarse = local.coarse(fresh)
    smooth = torch.nn.functional.interpolate(coarse, scale_factor=2.0, mode="trilinear")
    left = (local(coarse) - fresh).square().sum() / (smooth - fresh).square().sum()
    assert left < 0.2
    assert abs(share - (1 - left)) < 0.1  # what it said of volumes left out


@torch.no_grad()
def test_means_of_nodes_stay_whatever_was_learned(fitted: tuple[LocalDetail, float]) -> None:
    local, coarse = LocalDetail(MASK, 2), torch.rand(3, 1, 8, 6, 10)
    for weights in [*local.parameters(), local.around, local.mean, local.noise[0].amplitude]:
        weights.add_(torch.randn(weights.shape))
    again = local.coarse(local(coarse, torch.randn(3, 7)))
    torch.testing.assert_close(again, coarse, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_noise_fills_what_the_lattice_does_not_tell() -> None:
    rough = _moved(40, 0) + 0.1 * torch.randn(40, 1, *SHAPE, generator=torch.Generator().manual_seed(2))
    local = LocalDetail(MASK, 2)
    local.start_from(rough, flip=False)
    coarse = local.coarse(rough)
    expected = local(coarse)
    left = (rough - expected).square().mean()
    drawn = (local(coarse, torch.randn(40, 30)) - expected).square().mean()
    assert 0.7 < drawn / left < 1.3
    torch.testing.assert_close(local(coarse, torch.zeros(40, 30)), expected)


def test_what_is_trained_is_small_and_sees_gradients(fitted: tuple[LocalDetail, float]) -> None:
    local, _ = fitted
    names = {name.split(".")[0] for name, _ in local.named_parameters()}
    assert names == {"convolutions", "noise"}
    local(local.coarse(_moved(2, 3)), torch.randn(2, 5)).square().sum().backward()
    assert local.convolutions[0].last.weight.grad.abs().max() > 0
    assert local.noise[0].spread.grad.abs().max() > 0
    local.zero_grad()


@torch.no_grad()
def test_where_the_factor_is_1_there_is_nothing_to_learn() -> None:
    local, x = LocalDetail(MASK, 1), torch.rand(2, 1, *SHAPE)
    assert not local.state_dict()
    assert local.start_from(x) == 0
    assert torch.equal(local(local.coarse(x), torch.ones(2, 3)), x)


@torch.no_grad()
def test_scripted_it_computes_the_same(fitted: tuple[LocalDetail, float]) -> None:
    local, detail = fitted[0], torch.randn(2, 9)
    coarse = local.coarse(_moved(2, 4))
    torch.testing.assert_close(torch.jit.script(local)(coarse, detail), local(coarse, detail))


@torch.no_grad()
def test_it_is_what_its_equation_says_at_the_borders_too() -> None:
    mask = MASK.clone()
    mask[:, :5, 7:12] = False
    local, coarse = LocalDetail(mask, 2).double(), torch.rand(2, 1, 8, 6, 10).double()
    random = torch.Generator().manual_seed(0)
    for weights in [*local.parameters(), local.around, local.mean, local.centre]:
        weights.copy_(torch.randn(weights.shape, generator=random))
    dev = coarse - local.centre
    wide, blocks = torch.nn.functional.pad(dev, [1] * 6), local.convolutions[0](dev).clone()
    for row, node in enumerate(local.filled.tolist()):
        i, j, k = node // 60, node // 10 % 6, node % 10
        around = wide[:, 0, i : i + 3, j : j + 3, k : k + 3].flatten(1)
        blocks[:, :, i, j, k] += local.mean[row] + around @ local.around[row]
    fine = torch.nn.functional.interpolate(coarse, scale_factor=2.0, mode="trilinear")
    for voxel in range(8):
        a, b, c = voxel // 4, voxel // 2 % 2, voxel % 2
        fine[:, 0, a::2, b::2, c::2] += blocks[:, voxel]
    fine *= local.support
    lack = coarse - local.coarse(fine)
    expected = fine + torch.nn.functional.interpolate(lack, scale_factor=2.0, mode="nearest")
    torch.testing.assert_close(local(coarse), expected)
