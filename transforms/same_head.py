"""Align two scans of one head: a rigid motion, and the ratio of their gains."""

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import binary_dilation

from brainaging.transforms.brain import brain_mask
from brainaging.transforms.head_size import half_maximum
from brainaging.transforms.intensity import half_max_q98
from brainaging.transforms.placing import resample
from brainaging.transforms.registration import Steps, as_image, centroid, climb, matrix_of

STEP_MM = 3.0
"""Of the lattice that scans are compared on. Sensitivity: tests hold that an edge is off by less than 0.25 mm."""
MARGIN_MM = 9.0
"""How far around the reference's brain scans are compared: its edge is what tells a motion."""
LEVELS = ((2, 1.5), (1, 0.7))
"""Thinning and Gaussian's SD in voxels, level by level."""
STEPS = Steps(1e-4, 80, 1e-6)
"""Of the descent, finer than to the template: two scans of one head fit closely. Sensitivity: not measured."""
BRIGHT = 0.8
"""Share of white matter from which on a voxel tells the gain. Sensitivity: little, a median of ratios."""


def rigid_to(
    volume: np.ndarray, affine: np.ndarray, reference: np.ndarray, reference_affine: np.ndarray
) -> np.ndarray:
    """Return the rigid motion (4, 4), mm, that lays a scan on another scan of the same head.

    Correlation of normalised intensities around the reference's brain is climbed from matched centres (SimpleITK,
    regular-step gradient descent, six parameters). One thread and every voxel: the same scans give the same
    motion.

    Args:
        volume: (X, Y, Z) float32, stripped.
        affine: (4, 4) its voxel index → RAS+ mm.
        reference: (x, y, z) the other scan.
        reference_affine: (4, 4) of it.

    Raises:
        ScanError: no volume of finite real numbers, or an affine that cannot be inverted.
    """
    lattice, shape = _lattice(reference, reference_affine)
    shift = np.eye(4)
    shift[:3, 3] = centroid(reference, reference_affine) - centroid(volume, affine)
    fixed, moving = (
        half_max_q98(resample(each, placed, lattice, shape))
        for each, placed in ((reference, reference_affine), (volume, shift @ affine))
    )
    around = binary_dilation(brain_mask(fixed), iterations=round(MARGIN_MM / STEP_MM))
    transform = sitk.VersorRigid3DTransform()
    transform.SetCenter([float(c) for c in centroid(fixed, lattice)])
    climb(fixed, moving, lattice, as_image(around.astype(np.uint8), lattice), transform, LEVELS, STEPS)
    # ITK's transform takes the reference's mm to the (shifted) scan's
    motion: np.ndarray = np.linalg.inv(matrix_of(transform)) @ shift
    return motion


def gain_ratio(volume: np.ndarray, reference: np.ndarray) -> float:
    """Return a scan's gain by that of another of the same head, both (X, Y, Z) where they lie on one another.

    The median ratio over the voxels that are bright in both, which are white matter: what a brain loses in years
    is at its edges. 1 where there are none.
    """
    ours, theirs = (half_maximum(each) * 2 * BRIGHT for each in (volume, reference))
    both = (volume > ours) & (reference > theirs)
    return float(np.median(volume[both] / reference[both])) if both.any() and theirs > 0 else 1.0


def _lattice(volume: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Return an RAS lattice (affine, shape) of :data:`STEP_MM` around a scan's brain."""
    corners = np.argwhere(volume > 0)
    low, high = corners.min(axis=0), corners.max(axis=0)
    box = np.array([[x, y, z, 1] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    points = box @ affine.T
    start, end = points[:, :3].min(axis=0) - 2 * MARGIN_MM, points[:, :3].max(axis=0) + 2 * MARGIN_MM
    lattice = np.diag([STEP_MM, STEP_MM, STEP_MM, 1.0])
    lattice[:3, 3] = start
    x, y, z = (int(np.ceil(extent / STEP_MM)) + 1 for extent in end - start)
    return lattice, (x, y, z)
