"""A small generator of blobs, for what draws, writes and inverts brains."""

import numpy as np
import pytest
import torch

from brainaging.networks import T1wGenerator, T1wLatentEncoder

SHAPE = (12, 12, 12)
SIZES = {"latent_size": 11, "detail": 4, "hidden": 4, "lattice": 3}


def _blobs(count: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    centre = 0.05 * torch.randn(count, 1, 1, 1, 3, generator=random)
    size = 0.5 * torch.exp(0.1 * torch.randn(count, 1, 1, 1, 3, generator=random))
    return torch.sigmoid(6 * (1 - ((axes - centre) / size).square().sum(-1)))[:, None]


@pytest.fixture(scope="session")
def blobs() -> torch.Tensor:
    """Return 40 scans ``(n, 1, X, Y, Z)`` that differ in place and size."""
    return _blobs(40)


@pytest.fixture(scope="session")
def generator(blobs: torch.Tensor) -> T1wGenerator:
    """Return a generator that was fitted to the blobs, its detail too."""
    torch.manual_seed(0)
    network = T1wGenerator(np.ones(SHAPE, dtype=bool), **SIZES)
    network.start_from(blobs)
    network.fit_detail(blobs)
    return network


@pytest.fixture
def encoder(generator: T1wGenerator) -> T1wLatentEncoder:
    """Return an encoder of the generator, its descent not fitted yet."""
    network = T1wLatentEncoder(np.ones(SHAPE, dtype=bool), **SIZES)
    network.generator.load_state_dict(generator.state_dict())
    return network
