"""Smooth deformations: stationary velocities on a cubic B-spline lattice, their exponential, and warping with
it.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from brainaging.networks.appearance import band_limited

#: of scaling and squaring: displacements of a centimetre are halved to about a millimetre before they are summed
SQUARINGS = 4


def spline_weights(positions: NDArray[np.floating], knots: int) -> NDArray[np.float32]:
    """Return cubic B-spline weights (positions, ``knots``) at ``positions`` in knot distances; knot j lies at j
    − 1.

    >>> spline_weights(np.array([0.0]), 3).round(3).tolist()
    [[0.16699999570846558, 0.6669999957084656, 0.16699999570846558]]
    """
    distance = np.abs(positions[:, None] - (np.arange(knots) - 1)[None])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far).astype(np.float32)


class VelocityLattice(nn.Module):
    """Stationary velocity fields on one field of view, by the coefficients of cubic B-splines.

    A velocity v(x) = Σ_k c_k B(x / h − k), in mm, is evaluated on the voxels of a cube; its exponential, the
    flow of
    v over one unit of time, is a diffeomorphism where v is small and smooth enough (Arsigny et al. 2006, MICCAI).
    The knots lie in the field of view, not on voxels: the same coefficients mean the same millimetres on every
    grid of that field of view.

    Args:
        size: voxels along each axis of the cube.
        spacing: of the voxels, mm.
        knots_mm: h, distance of the knots, mm.
    """

    basis: Tensor
    points: Tensor

    def __init__(self, size: int, spacing: float, knots_mm: float) -> None:
        super().__init__()
        if min(size, spacing, knots_mm) <= 0:
            raise ValueError(f"sizes must be positive, got {size=}, {spacing=}, {knots_mm=}")
        self.size, self.spacing, self.knots_mm = size, float(spacing), float(knots_mm)
        self.knots = int(np.ceil(size * spacing / knots_mm)) + 3
        # distance from the field of view's edge: what grids of one field of view share
        centres = (np.arange(size) + 0.5) * spacing / knots_mm
        self.register_buffer("basis", torch.from_numpy(spline_weights(centres, self.knots)), persistent=False)
        axis = torch.arange(size, dtype=torch.float32)
        points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"))
        self.register_buffer("points", points[None], persistent=False)

    def velocity(self, coefficients: Tensor) -> Tensor:
        """Return velocities ``(B, 3, X, Y, Z)`` in voxels from coefficients ``(B, 3, k, k, k)`` in mm."""
        field = coefficients / self.spacing
        for _ in range(3):
            # contracts the third axis and appends the voxels' one: three times, and all is in order again
            field = torch.tensordot(field, self.basis, dims=([2], [1]))
        return field

    def exponential(self, velocity: Tensor) -> Tensor:
        """Return the displacements ``(B, 3, X, Y, Z)``, voxels, of the flow of ``velocity``, by scaling and
        squaring.
        """
        displacement = velocity / 2**SQUARINGS
        for _ in range(SQUARINGS):
            displacement = displacement + self.at(displacement, displacement)
        return displacement

    def at(self, values: Tensor, displacement: Tensor) -> Tensor:
        """Return ``values`` ``(B, C, X, Y, Z)`` at x + ``displacement``\\ (x), linear; edge values hold beyond."""
        return _sample(values, self.points + displacement, self.size)

    def warp(self, volumes: Tensor, displacement: Tensor) -> Tensor:
        """Return volumes ``(B, 1, X, Y, Z)`` at x + ``displacement``\\ (x).

        Linear between twice as many band-limited samples: that blurs little, and where nothing moves it returns
        what it was given.
        """
        # of the samples, every second lies on a voxel
        return _sample(band_limited(volumes), 2 * (self.points + displacement), 2 * self.size)


def _sample(values: Tensor, where: Tensor, size: int) -> Tensor:
    """Return ``values`` ``(B, C, n, n, n)`` at voxel coordinates ``(B, 3, X, Y, Z)``."""
    grid = (where * (2 / (size - 1)) - 1).permute(0, 2, 3, 4, 1).flip(-1)
    return F.grid_sample(values, grid, padding_mode="border", align_corners=True)
