"""Cubic B-splines on knots at equal distances: weights along one axis, and fields as tensor products."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
import torch
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from torch import Tensor


def cubic_splines(positions: NDArray[np.floating], first: int, last: int) -> sparse.csr_array:
    """Return the weights (n, last − first + 1), four a row, of the splines at the knots ``first`` to ``last``.

    Args:
        positions: (n,) in distances of the knots, from ``first + 1`` to ``last − 1``: where weights sum to one.
        first: number of the first knot.
        last: number of the last.

    Raises:
        ValueError: a position outside.
    """
    return BSpline.design_matrix(positions, np.arange(first - 2.0, last + 3), 3)


def spline_field(coefficients: Tensor, bases: Sequence[Tensor]) -> Tensor:
    """Return the field (B, C, X, Y, Z) of coefficients (B, C, i, j, k), by the three axes' weights (X, i), (Y, j),
    (Z, k).
    """
    field = coefficients
    for basis in bases:
        # contracts the first axis that is left and appends its voxels: after three, all is in order again
        field = torch.tensordot(field, basis, dims=([2], [1]))
    return field
