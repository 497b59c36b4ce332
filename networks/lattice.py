"""Regular lattices in space, and linear sampling of what is known on them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample


@dataclass(frozen=True)
class Lattice:
    """A regular lattice in RAS mm: point (i, j, k) lies at ``origin + step * (i, j, k)``."""

    origin: tuple[float, float, float]
    shape: tuple[int, int, int]
    step: float

    def axes(self) -> list[NDArray[np.float32]]:
        """Return the coordinates in mm along each axis."""
        return [
            (low + self.step * np.arange(count)).astype(np.float32)
            for low, count in zip(self.origin, self.shape, strict=True)
        ]

    def points(self) -> Tensor:
        """Return every point in mm, (X, Y, Z, 3) float32."""
        return self._points

    @cached_property
    def _points(self) -> Tensor:
        return torch.from_numpy(np.stack(np.meshgrid(*self.axes(), indexing="ij"), axis=-1))

    def sample(self, values: Tensor, points: Tensor) -> Tensor:
        """Return ``values`` (C, X, Y, Z) on this lattice at ``points`` (…, 3) in mm, as (C, …).

        Linear; beyond the lattice its edge values hold.
        """
        extent = torch.tensor([self.step * (count - 1) / 2 for count in self.shape])
        centre = torch.tensor(self.origin) + extent
        where = ((points - centre) / extent).reshape(1, 1, 1, -1, 3)
        return linear(values[None], where).reshape(values.shape[0], *points.shape[:-1])

    def at(self, values: Tensor, displacement: Tensor) -> Tensor:
        """Return ``values`` (C, X, Y, Z) at every point moved by ``displacement`` (3, X, Y, Z) in mm."""
        return self.sample(values, self.points() + displacement.permute(1, 2, 3, 0))


def linear(values: Tensor, where: Tensor) -> Tensor:
    """Return ``values`` (B, C, X, Y, Z) at ``where`` (B, X', Y', Z', 3), as (B, C, X', Y', Z').

    Linear between points; along each axis −1 is the first point and 1 the last, and edge values hold beyond.
    """
    # grid_sample counts axes from the last to the first
    return grid_sample(values, where.flip(-1), mode="bilinear", padding_mode="border", align_corners=True)
