"""A multigrid V-cycle for the Laplacian of a lattice's free points: the preconditioner of the elastic solver."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.linalg import pinvh

Array = NDArray[np.float64]
COARSEST = 200
"""Points of the level that is solved directly. Sensitivity: none on results, it decides time alone."""
RELAXATION = 0.8
"""Of the damped Jacobi smoother; near 6/7, the best for seven points. Sensitivity: none on results, time alone."""
MOST = 1.9
"""Largest eigenvalue, by Gershgorin's circles, of what the smoother takes back: from 2 on it does not end. Such
smoothers: Baker et al. 2011, SIAM J Sci Comput 33:2864. Sensitivity: none on results, time alone."""


@dataclass(frozen=True)
class _Level:
    matrix: sparse.csr_array
    inverse_diagonal: Array
    up: sparse.csr_array
    down: sparse.csr_array


def _prolongation(points: NDArray[np.intp]) -> tuple[sparse.csr_array, NDArray[np.intp]]:
    """Return the trilinear interpolation (N, M) from every second lattice point, and those points (M, 3)."""
    low, odd = points // 2, points % 2
    near = low[:, None] + np.array(np.meshgrid(*[[0, 1]] * 3, indexing="ij")).reshape(3, -1).T
    weights = np.where(near == low[:, None], 1 - odd[:, None] / 2, odd[:, None] / 2).prod(-1)
    used = weights > 0
    coarse, number = np.unique(near[used], axis=0, return_inverse=True)
    rows = np.repeat(np.arange(len(points)), used.sum(1))
    shape = (len(points), len(coarse))
    return sparse.coo_array((weights[used], (rows, number.ravel())), shape=shape).tocsr(), coarse


class VCycle:
    """One V-cycle as a symmetric positive linear map from right-hand sides (N, K) to corrections.

    Parameters: a ``matrix`` (N, N), symmetric and positive definite, of lattice ``points`` (N, 3). Coarse levels
    are Galerkin products (Briggs, Henson and McCormick 2000, A Multigrid Tutorial).
    """

    def __init__(self, matrix: sparse.csr_array, points: NDArray[np.intp]) -> None:
        self._levels: list[_Level] = []
        while matrix.shape[0] > COARSEST:
            up, points = _prolongation(points)
            down = up.T.tocsr()
            # a coarse level of few points among many has rows that outweigh their diagonal
            reach = np.asarray(abs(matrix).sum(axis=1)).ravel()
            inverse = np.minimum(RELAXATION / matrix.diagonal(), MOST / reach)
            self._levels.append(_Level(matrix, inverse[:, None], up, down))
            matrix = (down @ matrix @ up).tocsr()
        # where points of a coarse level are more than those of the finer one can tell apart, the product is
        # singular, and its least solution is as good a correction
        self._coarsest: Array = pinvh(matrix.toarray())

    def __call__(self, right: Array) -> Array:
        """Return the correction for ``right`` (N, K)."""
        return self._cycle(0, right)

    def _cycle(self, depth: int, right: Array) -> Array:
        if depth == len(self._levels):
            return self._coarsest @ right
        level = self._levels[depth]
        guess = level.inverse_diagonal * right
        guess += level.up @ self._cycle(depth + 1, level.down @ (right - level.matrix @ guess))
        guess += level.inverse_diagonal * (right - level.matrix @ guess)
        return guess
