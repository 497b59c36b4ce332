"""Smooth deformations of a cube of voxels: stationary velocities of B-splines, and warping with their flow."""

import numpy as np
import torch
from torch import Tensor, nn

from brainaging.networks.appearance import band_limited, sampled
from brainaging.networks.diffeomorphism import exponential
from brainaging.networks.lattice import linear
from brainaging.networks.splines import cubic_splines, spline_field

#: of scaling and squaring: displacements of a centimetre are halved to about a millimetre before they are
#: summed.
#: Sensitivity: at 6 mm and a displacement of 10 mm no point is more than 0.11 mm from the limit of many; with 6
#: squarings it is 0.02, at half as much time again
SQUARINGS = 4


class VelocityLattice(nn.Module):
    """Stationary velocity fields on one field of view, by the coefficients of cubic B-splines.

    A velocity v(x) = Σ_k c_k B(x / h − k + 1), in mm, is evaluated on the voxels of a cube; its exponential, the
    flow of v over one unit of time, is a diffeomorphism where v is small and smooth enough (Arsigny et al. 2006,
    MICCAI). The knots lie in the field of view, not on voxels: the same coefficients mean the same millimetres on
    every grid of that field of view.

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
        #: scipy's sparse weights (voxels, knots) of one axis, four a row
        self.weights = cubic_splines(centres, -1, self.knots - 2)
        self.register_buffer("basis", torch.from_numpy(self.weights.toarray()).float(), persistent=False)
        axis = torch.arange(size, dtype=torch.float32)
        points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"))
        self.register_buffer("points", points[None], persistent=False)

    def velocity(self, coefficients: Tensor) -> Tensor:
        """Return velocities ``(B, 3, X, Y, Z)`` in voxels from coefficients ``(B, 3, k, k, k)`` in mm."""
        return spline_field(coefficients / self.spacing, [self.basis] * 3)

    def exponential(self, velocity: Tensor) -> Tensor:
        """Return the displacements ``(B, 3, X, Y, Z)``, voxels, of a velocity's flow, by scaling and squaring."""
        return exponential(velocity, self.at, SQUARINGS)

    def at(self, values: Tensor, displacement: Tensor) -> Tensor:
        """Return ``values`` ``(B, C, X, Y, Z)`` at x + ``displacement``, linear; edge values hold beyond."""
        where = (self.points + displacement) * 2 / max(self.size - 1, 1) - 1
        return linear(values, where.permute(0, 2, 3, 4, 1))

    def warp(self, volumes: Tensor, displacement: Tensor) -> Tensor:
        """Return volumes ``(B, 1, X, Y, Z)`` at x + ``displacement``; beyond the field of view lies 0.

        Linear between twice as many band-limited samples: that blurs little, and where nothing moves it returns
        what it was given.
        """
        # of the samples, every second lies on a voxel
        where = 2 * (self.points + displacement) * (2 / (2 * self.size - 1)) - 1
        return sampled(band_limited(volumes), where.flatten(2).transpose(1, 2), [self.size] * 3)
