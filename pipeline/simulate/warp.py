"""Diffeomorphisms: lattices, linear sampling, B-spline fields and the exponential of a velocity field."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

Array = NDArray[np.float32]


class FoldedWarpError(ValueError):
    """A warp folds: its Jacobian determinant is not positive everywhere."""


@dataclass(frozen=True)
class Lattice:
    """A regular lattice in RAS mm: point (i, j, k) lies at ``origin + step * (i, j, k)``."""

    origin: tuple[float, float, float]
    shape: tuple[int, int, int]
    step: float

    def axes(self) -> list[Array]:
        """Return the coordinates in mm along each axis."""
        return [
            (low + self.step * np.arange(count)).astype(np.float32)
            for low, count in zip(self.origin, self.shape, strict=True)
        ]

    def points(self) -> Tensor:
        """Return every point in mm, (X, Y, Z, 3) float32."""
        return torch.from_numpy(np.stack(np.meshgrid(*self.axes(), indexing="ij"), axis=-1))

    def sample(self, values: Tensor, points: Tensor) -> Tensor:
        """Return ``values`` (C, X, Y, Z) on this lattice at ``points`` (…, 3) in mm, as (C, …).

        Linear; beyond the lattice its edge values hold.
        """
        extent = torch.tensor([self.step * (count - 1) / 2 for count in self.shape])
        centre = torch.tensor(self.origin) + extent
        grid = ((points - centre) / extent).flip(-1).reshape(1, 1, 1, -1, 3)
        sampled = grid_sample(values[None], grid, mode="bilinear", padding_mode="border", align_corners=True)
        return sampled.reshape(values.shape[0], *points.shape[:-1])


def spline_basis(positions: Array, knots_mm: float) -> Array:
    """Return cubic B-spline weights (positions, knots), for knots at every multiple of ``knots_mm`` that matters.

    Scaled so that unit-normal coefficients give unit variance, averaged over ``positions`` (mm).
    """
    scaled = positions / knots_mm
    first, last = int(np.floor(scaled.min())) - 1, int(np.ceil(scaled.max())) + 1
    distance = np.abs(scaled[:, None] - np.arange(first, last + 1)[None])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    weights = np.where(distance < 1, near, far)
    return (weights / np.sqrt(np.mean(np.sum(weights**2, axis=1)))).astype(np.float32)


def spline_field(bases: list[Array], coefficients: Array) -> Array:
    """Return the field (C, X, Y, Z) with the B-spline ``coefficients`` (C, knots, knots, knots)."""
    for axis, basis in enumerate(bases):
        coefficients = np.moveaxis(np.tensordot(basis, coefficients, axes=(1, axis + 1)), 0, axis + 1)
    return np.ascontiguousarray(coefficients, dtype=np.float32)


def mirrored(coefficients: Array, asymmetry: float) -> Array:
    """Return vector ``coefficients`` (3, knots about x = 0, …), ``asymmetry`` of their variance left-right odd.

    Brains are alike on both sides to a few percent; independent sides would not be.
    """
    mirror = coefficients[:, ::-1] * np.array([-1, 1, 1], dtype=np.float32)[:, None, None, None]
    even, odd = np.sqrt(2 - 2 * asymmetry) / 2, np.sqrt(2 * asymmetry) / 2
    return ((even + odd) * coefficients + (even - odd) * mirror).astype(np.float32)


def exponential(velocity: Tensor, lattice: Lattice, squarings: int = 6) -> Tensor:
    """Return the displacement (3, X, Y, Z) in mm of exp(``velocity``), by scaling and squaring.

    ``velocity`` is stationary, (3, X, Y, Z) in mm. Source: Arsigny et al., MICCAI 2006.
    """
    points = lattice.points()
    displacement = velocity / 2**squarings
    for _ in range(squarings):
        displacement = displacement + lattice.sample(displacement, points + displacement.permute(1, 2, 3, 0))
    return displacement


def jacobian_determinant(displacement: Tensor, lattice: Lattice) -> Tensor:
    """Return the determinant (X, Y, Z) of the Jacobian of x + ``displacement``(x), by central differences."""
    rows = [torch.stack(torch.gradient(displacement[axis], spacing=lattice.step), dim=-1) for axis in range(3)]
    for axis in range(3):
        rows[axis][..., axis] += 1
    return (rows[0] * torch.linalg.cross(rows[1], rows[2])).sum(-1)


def check_positive(displacement: Tensor, lattice: Lattice, what: str) -> float:
    """Return the smallest Jacobian determinant; raise :class:`FoldedWarpError` where it is not positive."""
    smallest = float(jacobian_determinant(displacement, lattice).min())
    if smallest <= 0:
        raise FoldedWarpError(f"{what}: the warp folds (smallest Jacobian {smallest:.3f}); reduce its amplitudes")
    return smallest
