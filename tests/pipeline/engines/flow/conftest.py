"""A small conditional generator of blobs whose size is asked for."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from brainaging.networks import T1wConditionalGenerator

SHAPE = (12, 12, 12)
SIZES = {"latent_size": 11, "detail": 4, "hidden": 8}


class Sized(NamedTuple):
    """Scans ``(n, 1, X, Y, Z)`` and covariates ``(n, 3)``: an age and a sex that nothing shows, and the size."""

    scans: Tensor
    covariates: Tensor


@pytest.fixture(scope="session")
def sized() -> Sized:
    """Return 40 blobs that differ in place and size."""
    random = torch.Generator().manual_seed(0)
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    centre = 0.05 * torch.randn(40, 1, 1, 1, 3, generator=random)
    size = 0.5 * torch.exp(0.1 * torch.randn(40, 1, 1, 1, 3, generator=random))
    scans = torch.sigmoid(6 * (1 - ((axes - centre) / size).square().sum(-1)))[:, None]
    age, sex = 20 + 50 * torch.rand(40, generator=random), (torch.rand(40, generator=random) < 0.5).float()
    return Sized(scans, torch.stack([age, sex, scans.flatten(1).sum(1)], 1))


@pytest.fixture
def conditional(sized: Sized) -> T1wConditionalGenerator:
    """Return a conditional generator that is fitted to the blobs in closed form."""
    torch.manual_seed(0)
    network = T1wConditionalGenerator(np.ones(SHAPE, dtype=bool), **SIZES)
    network.start_from(*sized)
    return network
