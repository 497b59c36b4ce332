"""Noise has the deviation and the power spectrum that it was fitted to, and is linear in its numbers."""

import pytest
import torch
from torch import Tensor

from brainaging.networks import LatticeNoise

SHAPE = (16, 16, 16)


def _examples(count: int) -> Tensor:
    """Return volumes ``(n, 1, X, Y, Z)`` of rough noise along the first axis, twice as strong in one half."""
    white = torch.randn(count, 1, *SHAPE, generator=torch.Generator().manual_seed(0))
    rough = white - 0.8 * white.roll(1, 2)
    rough[..., :8] *= 2
    return rough


@pytest.fixture(scope="module")
def fitted() -> LatticeNoise:
    noise, examples = LatticeNoise(torch.ones(1, 1, *SHAPE), 2), _examples(60)
    square = torch.nn.functional.avg_pool3d(examples.square(), 2).mean(0, keepdim=True)
    noise.fit(square.sqrt(), examples.split(20))
    return noise


@torch.no_grad()
def test_deviation_and_spectrum_are_those_of_the_examples(fitted: LatticeNoise) -> None:
    drawn = fitted(torch.randn(100, 50, generator=torch.Generator().manual_seed(1)))[:, 0]
    halves = [half.square().mean().sqrt() for half in (drawn[..., :8], drawn[..., 8:])]
    assert halves[0] / halves[1] == pytest.approx(2, rel=0.1)
    # a node's mean, which noise may not have, takes an eighth of a white spectrum, less of a rough one
    assert 0.8 < drawn[..., 8:].square().mean() / _examples(60)[..., 8:].square().mean() < 1.05
    powers = [torch.fft.fft(x, dim=1).abs().square().mean((0, 2, 3)) for x in (drawn, _examples(60)[:, 0])]
    assert powers[0][8] / powers[0][4] == pytest.approx(float(powers[1][8] / powers[1][4]), rel=0.35)


@torch.no_grad()
def test_it_is_linear_in_its_numbers_and_the_same_everywhere(fitted: LatticeNoise) -> None:
    one, other = torch.randn(2, 1, 50)
    torch.testing.assert_close(fitted(one + other), fitted(one) + fitted(other), atol=1e-5, rtol=1e-4)
    again = LatticeNoise(torch.ones(1, 1, *SHAPE), 2)
    again.load_state_dict(fitted.state_dict())
    assert torch.equal(again(one), fitted(one))
