"""Velocities that change volume as asked, inside a skull through which nothing flows: v = ∇u with ∇·v = f.

Of all velocities with that divergence the gradient of a potential moves least (Helmholtz). Voxels inside are a
graph of neighbours, whose Laplacian knows no way out; the sum of f must then vanish.
"""

import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.csgraph import laplacian
from scipy.sparse.linalg import cg
from sklearn.feature_extraction.image import grid_to_graph

#: relative residual at which conjugate gradients stop: what is left is far below what volumes are known to.
#: Sensitivity: not measured; tissue's shares are off by several per cent
_EXACT = 1e-3
#: iterations at most; a brain of 4 mm takes about 100. Sensitivity: none where they suffice
_MOST = 1000


class PotentialFlow:
    """The inside of one skull on a grid.

    Args:
        inside: (X, Y, Z) bool.
    """

    def __init__(self, inside: np.ndarray) -> None:
        self.inside = inside
        # a voxel is its own neighbour in that graph, which a Laplacian does not see
        self._laplacian = laplacian(grid_to_graph(*inside.shape, mask=inside).astype(float)).tocsr()
        self._jacobi = diags_array(1 / np.maximum(self._laplacian.diagonal(), 1))

    def velocity(self, log_jacobian: np.ndarray) -> np.ndarray:
        """Return (3, X, Y, Z) velocities in voxels whose divergence is ``log_jacobian`` (X, Y, Z) inside.

        What of its sum is not 0 is taken from all of the inside alike.
        """
        source = log_jacobian[self.inside]
        found, _ = cg(self._laplacian, source.mean() - source, rtol=_EXACT, maxiter=_MOST, M=self._jacobi)
        potential = np.zeros(self.inside.shape)
        potential[self.inside] = found
        return np.stack([self._slope(potential, axis) for axis in range(3)])

    def _slope(self, potential: np.ndarray, axis: int) -> np.ndarray:
        """Return the mean of the flow through a voxel's two faces along an axis; through closed ones, 0."""
        inside = np.moveaxis(self.inside, axis, 0)
        flow = np.diff(np.moveaxis(potential, axis, 0), axis=0) * (inside[1:] & inside[:-1])
        slope = np.zeros(inside.shape)
        slope[1:] += flow / 2
        slope[:-1] += flow / 2
        return np.moveaxis(slope, 0, axis)
