"""The flow of a stationary velocity, and what it does to volume.

One scaling and squaring serves the simulator, which thinks in mm on a lattice of its own, and alignment, which
thinks in voxels of a cube: each says how values are read at moved points. MONAI's ``DVF2DDF`` is the same for
voxels (a test holds them equal) but knows no other unit.
"""

from collections.abc import Callable

import torch
from torch import Tensor


class FoldedWarpError(ValueError):
    """A warp folds: its Jacobian determinant is not positive everywhere."""


def exponential(velocity: Tensor, at: Callable[[Tensor, Tensor], Tensor], squarings: int) -> Tensor:
    """Return the displacement of exp(``velocity``), in the velocity's shape and unit, by scaling and squaring.

    Source: Arsigny et al. 2006, MICCAI.

    Args:
        velocity: stationary, its three components in one axis of any number.
        at: returns values (first argument) at every point moved by a displacement (second argument).
        squarings: how often the time step is doubled; the first step is linear.
    """
    displacement = velocity / 2**squarings
    for _ in range(squarings):
        displacement = displacement + at(displacement, displacement)
    return displacement


def jacobian_determinant(displacement: Tensor, spacing: float) -> Tensor:
    """Return the determinant (X, Y, Z) of the Jacobian of x + ``displacement``(x), by central differences.

    Args:
        displacement: (3, X, Y, Z).
        spacing: of its points, in its own unit.
    """
    rows = [torch.stack(torch.gradient(displacement[axis], spacing=spacing), dim=-1) for axis in range(3)]
    for axis in range(3):
        rows[axis][..., axis] += 1
    return (rows[0] * torch.linalg.cross(rows[1], rows[2])).sum(-1)


def check_positive(displacement: Tensor, spacing: float, subject: str) -> float:
    """Return the smallest Jacobian determinant; raise :class:`FoldedWarpError` where it is not positive."""
    smallest = float(jacobian_determinant(displacement, spacing).min())
    if smallest <= 0:
        raise FoldedWarpError(
            f"{subject}: the warp folds (smallest Jacobian {smallest:.3f}); reduce its amplitudes"
        )
    return smallest
