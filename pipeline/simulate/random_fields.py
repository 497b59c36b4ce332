"""Smooth random fields: cubic B-splines with unit-normal coefficients, nearly alike on both sides of the head."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from brainaging.networks.splines import cubic_splines, spline_field

Array = NDArray[np.float32]


def unit_splines(positions: Array, knots_mm: float) -> Array:
    """Return cubic B-spline weights (positions, knots), for knots at every multiple of ``knots_mm`` that matters.

    Scaled so that unit-normal coefficients give unit variance, averaged over ``positions`` (mm).
    """
    scaled = positions / knots_mm
    first, last = int(np.floor(scaled.min())) - 1, int(np.ceil(scaled.max())) + 1
    weights = cubic_splines(scaled, first, last).toarray()
    unit: Array = (weights / np.sqrt(np.mean(np.sum(weights**2, axis=1)))).astype(np.float32)
    return unit


def random_field(weights: Sequence[Array], coefficients: Array) -> Array:
    """Return the field (C, X, Y, Z) with the B-spline ``coefficients`` (C, knots, knots, knots)."""
    bases = [torch.from_numpy(part) for part in weights]
    field: Array = spline_field(torch.from_numpy(coefficients)[None], bases)[0].numpy()
    return field


def nearly_symmetric(coefficients: Array, asymmetry: float) -> Array:
    """Return vector ``coefficients`` (3, knots about x = 0, …), ``asymmetry`` of their variance left-right odd.

    Brains are alike on both sides to a few percent; independent sides would not be.
    """
    mirror = coefficients[:, ::-1] * np.array([-1, 1, 1], dtype=np.float32)[:, None, None, None]
    even, odd = np.sqrt(2 - 2 * asymmetry) / 2, np.sqrt(2 * asymmetry) / 2
    return ((even + odd) * coefficients + (even - odd) * mirror).astype(np.float32)
