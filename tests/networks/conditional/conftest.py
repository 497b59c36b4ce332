"""People whose latents have a known distribution given a number, a pair and a size."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

SIZE = 5


class Planted(NamedTuple):
    """Covariates ``(n, 3)``, latents ``(n, L)``, and what was planted: slopes per year, the spread of the rest."""

    covariates: Tensor
    latents: Tensor
    per_year: Tensor
    spread: Tensor


def _people(count: int, seed: int = 0) -> Planted:
    random = torch.Generator().manual_seed(seed)
    age = 20 + 60 * torch.rand(count, generator=random)
    sex = (torch.rand(count, generator=random) < 0.5).float()
    size = 1400 * torch.exp(0.06 * torch.randn(count, generator=random)) * (1 + 0.12 * sex)
    per_year = torch.tensor([0.03, -0.02, 0.0, 0.01, 0.0])
    root = torch.linalg.cholesky(0.1 * torch.eye(SIZE) + 0.2)
    means = (age[:, None] - 50) * per_year
    means[:, 2] += 2.0 * (sex - 0.5)
    means[:, 4] += 8.0 * (size / 1480).log()
    latents = means + torch.randn(count, SIZE, generator=random) @ root.T
    return Planted(torch.stack([age, sex, size], 1), latents, per_year, root @ root.T)


@pytest.fixture(scope="session")
def make_people() -> Callable[..., Planted]:
    """Return what makes people from their number and a seed."""
    return _people


@pytest.fixture(scope="session")
def people() -> Planted:
    """Return 2000 people."""
    return _people(2000)
