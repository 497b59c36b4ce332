"""The lattice's cells as hexahedra: what a moved cell holds, and how that changes as its corners move.

Positions of lattice points are trilinear inside a cell, so that moved cells fill space without gap or overlap:
their volumes sum to what the fixed edge holds, whatever moves inside.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

Array = NDArray[np.float64]
CORNERS = np.array(list(product((0, 1), repeat=3)))
"""A cell's eight corners, (8, 3), in steps from its first."""


def _shape_gradients(places: Array) -> Array:
    """Return the gradients (Q, 8, 3) of the trilinear shape functions at ``places`` (Q, 3) of the unit cell."""
    signs = 2.0 * CORNERS - 1
    values = np.where(CORNERS == 1, places[:, None], 1 - places[:, None])
    gradients = np.empty((len(places), 8, 3))
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        gradients[..., axis] = signs[:, axis] * values[..., others].prod(-1)
    return gradients


# two Gauss points an axis integrate the Jacobian of a trilinear cell, quadratic along each axis, exactly
_GAUSS = _shape_gradients(0.5 + (CORNERS - 0.5) / np.sqrt(3))


@dataclass(frozen=True)
class Cells:
    """The cells that hold a free lattice point.

    ``points`` (N, 3) lattice indices of every corner of one, the ``free`` first; ``corners`` (C, 8) their numbers,
    the first of a cell being the lattice index of the cell.
    """

    points: NDArray[np.intp]
    free: int
    corners: NDArray[np.intp]

    @classmethod
    def around(cls, free: NDArray[np.bool_]) -> "Cells":
        """Return the cells around the points that are ``free`` (X, Y, Z) to move.

        Raises ValueError where no point is free, or one on the lattice's own edge.
        """
        if not free.any() or not np.array_equal(np.pad(free[1:-1, 1:-1, 1:-1], 1), free):
            raise ValueError("free points: expected some, and none on the lattice's edge")
        ends = np.array(free.shape) - 1
        parts = [tuple(slice(c, c + end) for c, end in zip(corner, ends, strict=True)) for corner in CORNERS]
        index = np.argwhere(np.any([free[part] for part in parts], axis=0))[:, None] + CORNERS
        held = np.zeros(free.shape, bool)
        held[tuple(index.reshape(-1, 3).T)] = True
        points = np.concatenate([np.argwhere(free), np.argwhere(held & ~free)])
        number = np.full(free.shape, -1)
        number[tuple(points.T)] = np.arange(len(points))
        return cls(points, int(free.sum()), number[tuple(np.moveaxis(index, -1, 0))])

    @cached_property
    def index(self) -> tuple[NDArray[np.intp], ...]:
        """Where the cells lie in an array (X − 1, Y − 1, Z − 1) of the lattice's cells."""
        return tuple(self.points[self.corners[:, 0]].T)

    @cached_property
    def _pattern(self) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp]]:
        columns = self.corners[:, None] + self.free * np.arange(3)[None, :, None]
        kept = np.broadcast_to((self.corners < self.free)[:, None], columns.shape).copy()
        return kept, columns[kept], np.concatenate([[0], np.cumsum(kept.sum((1, 2)))])

    def _edges(self, positions: Array, gradients: Array) -> Array:
        """Return how positions change along the cells' axes, (3 components, 3 axes, C, Q)."""
        places = np.ascontiguousarray(positions.T)[:, self.corners]
        return np.stack([places @ gradients[..., axis].T for axis in range(3)], axis=1)

    def volumes(self, positions: Array) -> tuple[Array, Array]:
        """Return the volumes (C,) of the cells whose points lie at ``positions`` (N, 3), exact, and their gradient
        (C, 3, 8) by the positions of their corners.
        """
        edges = self._edges(positions, _GAUSS)
        gradient = np.zeros((len(self.corners), 3, 8))
        for row, column in product(range(3), repeat=2):
            gradient[:, row] += _cofactor(edges, row, column) @ _GAUSS[..., column]
        gradient /= len(_GAUSS)
        # of third degree in the positions (Euler's theorem)
        return np.einsum("crn,cnr->c", gradient, positions[self.corners]) / 3, gradient

    def matrix(self, gradient: Array) -> sparse.csr_array:
        """Return ``gradient`` (C, 3, 8) for free points alone, (C, 3 F): all first coordinates before the
        second.
        """
        kept, columns, ends = self._pattern
        return sparse.csr_array((gradient[kept], columns, ends), shape=(len(self.corners), 3 * self.free))


def _cofactor(edges: Array, row: int, column: int) -> Array:
    a, b = (row + 1) % 3, (row + 2) % 3
    c, d = (column + 1) % 3, (column + 2) % 3
    cofactor: Array = edges[a, c] * edges[b, d] - edges[a, d] * edges[b, c]
    return cofactor
