"""How well a brain lies on the template: Dice of the two masks."""

import numpy as np
from nibabel.affines import apply_affine

from brainaging.transforms.brain import brain_mask, trimmed
from brainaging.transforms.grid import GRIDS
from brainaging.transforms.template import template_mask

LATTICE = GRIDS["t1w_48"]
"""Masks are compared at 4 mm, whatever grid a scan goes to: some 29,000 voxels of brain."""


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """Dice overlap 2|A∩B| / (|A| + |B|) of two masks of one shape; NaN when both are empty.

    >>> dice(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    total = np.count_nonzero(first) + np.count_nonzero(second)
    return 2 * int(np.count_nonzero(first & second)) / int(total) if total else float("nan")


def template_dice(volume: np.ndarray, affine: np.ndarray, trim: bool = False) -> float:
    """Dice of a stripped scan's brain mask with the template's.

    Args:
        volume: (X, Y, Z).
        affine: (4, 4) voxel index → MNI152 RAS+ mm, registration included.
        trim: drop remnants of the neck from the scan's mask first (`trimmed`); costs some 20 ms.

    Returns:
        0…1.
    """
    to_scan = np.linalg.inv(affine) @ LATTICE.affine
    index = np.rint(apply_affine(to_scan, np.indices(LATTICE.shape).reshape(3, -1).T)).astype(np.intp)
    inside = np.all((index >= 0) & (index < volume.shape), axis=1)
    sampled = np.zeros(len(index), np.float32)
    sampled[inside] = volume[tuple(index[inside].T)]
    mask = brain_mask(sampled.reshape(LATTICE.shape))
    return dice(trimmed(mask) if trim else mask, template_mask(LATTICE))
