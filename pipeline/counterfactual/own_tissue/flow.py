"""How a scan's own tissue flows and brightens on the grid that the scan is edited on."""

import numpy as np
import torch

from brainaging.networks import VelocityLattice
from brainaging.pipeline.counterfactual.own_tissue.components import TISSUE_GRID, OwnTissue
from brainaging.transforms import GridSpec, get_grid, place


@torch.no_grad()
def flow(tissue: OwnTissue, amplitudes: np.ndarray, grid: GridSpec, lattice: VelocityLattice) -> torch.Tensor:
    """Return exp(w) − id (1, 3, X, Y, Z), voxels of ``grid``, w the velocity of ``amplitudes`` (k,).

    ``lattice`` has the grid's voxels. The scan x becomes x ∘ exp(−w): negate the amplitudes to read it.
    """
    velocity = np.stack([_on(axis, grid) for axis in tissue.velocity(amplitudes)])
    return lattice.exponential(torch.from_numpy(velocity / np.float32(grid.spacing))[None])


def brightening(tissue: OwnTissue, amplitudes: np.ndarray, grid: GridSpec) -> np.ndarray:
    """Return (X, Y, Z) on ``grid`` the change of a scan's intensity by ``amplitudes`` (k,)."""
    return _on(tissue.brightening(amplitudes), grid)


def _on(image: np.ndarray, grid: GridSpec) -> np.ndarray:
    spec = get_grid(TISSUE_GRID)
    return image if grid.fingerprint == spec.fingerprint else place(image, spec.affine, grid)
