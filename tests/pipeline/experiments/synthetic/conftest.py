"""Stand-ins for trained networks: what follows from answers is tested without training any."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn


class Brightness(nn.Module):
    """A classifier or regressor of volumes by their mean: P(class 1) rises with it, years are it."""

    def __init__(self, classes: int = 2, grid: str = "a grid") -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.classes, self.grid = classes, grid

    def forward(self, x: Tensor) -> Tensor:
        mean = self.weight * x.flatten(1).mean(1, keepdim=True)
        return torch.cat([-mean, mean], 1) if self.classes else mean


class StandInTraining:
    """In place of ``Training``: hands out one network, and remembers on which rows it was to learn."""

    def __init__(self, prepared: object, volumes: np.ndarray, network: nn.Module, seed: int = 0) -> None:
        self.prepared, self.volumes, self.seed, self.models = prepared, volumes, seed, Path("nowhere")
        self.returned = network
        self.rows: dict[tuple[str, int], np.ndarray] = {}

    def network(self, learner, rows: np.ndarray, fold: int = 0, labels: np.ndarray | None = None) -> nn.Module:
        self.rows[learner.name, fold] = rows
        return self.returned

    def kept(self, learner, weights: str, fold: int = 0) -> nn.Module:
        return self.returned

    def folder(self, learner, fold: int = 0) -> Path:
        return self.models / learner.name


@pytest.fixture
def brightness() -> Callable[..., nn.Module]:
    return Brightness


@pytest.fixture
def stand_in() -> Callable[..., SimpleNamespace]:
    return StandInTraining
