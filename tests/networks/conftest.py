"""Heads whose causes are known: blobs that differ in place, size, proportions and contrast."""

from collections.abc import Callable

import pytest
import torch

SHAPE = (24, 28, 20)


def _heads(count: int, seed: int = 0) -> torch.Tensor:
    """Return blobs (n, 1, X, Y, Z) that differ in place, size, proportions and in the contrast of their middle."""
    random = torch.Generator().manual_seed(seed)
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    centre = 0.05 * torch.randn(count, 1, 1, 1, 3, generator=random)
    size = 0.5 * torch.exp(0.1 * torch.randn(count, 1, 1, 1, 3, generator=random))
    far = ((axes - centre) / size).square().sum(-1)
    inner = 0.3 * torch.randn(count, 1, 1, 1, generator=random)
    return (torch.sigmoid(8 * (1 - far)) * (1 + inner * torch.exp(-4 * far)))[:, None]


@pytest.fixture(scope="session")
def make_heads() -> Callable[..., torch.Tensor]:
    """Return what makes heads (n, 1, 24, 28, 20) from their number and a seed."""
    return _heads


@pytest.fixture(scope="session")
def heads() -> torch.Tensor:
    """Return sixty heads, as a network's training set."""
    return _heads(60)
