"""An edit in a scan's own voxels: what moves is the scan as it was acquired, and no blur of it on a grid."""

import numpy as np
from scipy.ndimage import map_coordinates

from brainaging.pipeline.counterfactual.deformation import Motion
from brainaging.pipeline.counterfactual.own_tissue.reading import resampled
from brainaging.transforms import GridSpec, Registration, get_grid, place, to_native

#: mm around the scan's own brain within which voxels are moved: beyond, there is nothing that could move in.
#: Sensitivity: memory and time alone, no edit that is allowed moves tissue so far
REACH_MM = 10.0
#: grid on which an edited scan is drawn, 2 mm, whatever the edit's. Sensitivity: a picture
SHOWN = get_grid("t1w_96")


def edit_native(
    original: np.ndarray,
    affine: np.ndarray,
    motion: Motion,
    gain: float,
    grid: GridSpec,
    registration: Registration | None = None,
) -> np.ndarray:
    """Return an edited scan (x, y, z) in its own voxels and intensities; what does not move keeps its value.

    Where the motion at a point q of the template reads q + d(q), the scan's voxel at p, which lies at R p there,
    reads R⁻¹(R p + d(R p)). What brightens is added as smooth as the grid holds it.

    Args:
        original: (x, y, z) the scan, 0 outside of the brain.
        affine: (4, 4) from its voxels to its own mm.
        motion: of the edit, on the grid.
        gain: the scan's own intensity by the grid's.
        grid: of the motion.
        registration: from its own mm to the template's, None where it lies there.
    """
    original = np.asarray(original, np.float32)
    to_template = affine if registration is None else registration.affine @ affine
    box = _around(original != 0, np.linalg.norm(to_template[:3, :3], axis=0))
    corner = np.eye(4)
    corner[:3, 3] = [side.start for side in box]
    cut_affine, cut = affine @ corner, original[box]
    shape = (cut.shape[0], cut.shape[1], cut.shape[2])
    away = np.stack([to_native(axis, grid, (cut_affine, shape), registration) for axis in motion.displacement])
    turned = np.linalg.inv(to_template[:3, :3]).astype(np.float32)
    shift = np.einsum("ij,jxyz->ixyz", turned, away)
    moved = resampled(cut, shift)
    moved += np.float32(gain) * to_native(motion.intensity, grid, (cut_affine, shape), registration)
    # splines ring beyond an edge, and brightening is smooth: outside of the brain, where it has gone, is nothing
    brain = map_coordinates(cut != 0, np.indices(shape) + shift, order=0)
    edited = original.copy()
    edited[box] = np.where(brain, moved, 0)
    return edited


def shown_scan(
    original: np.ndarray, affine: np.ndarray, gain: float, registration: Registration | None = None
) -> np.ndarray:
    """Return a scan on :data:`SHOWN`, in the grid's intensities; arguments as of :func:`edit_native`."""
    to_template = affine if registration is None else registration.affine @ affine
    return place(np.asarray(original, np.float32), to_template, SHOWN) / np.float32(gain)


def edit_shown(shown: np.ndarray, motion: Motion, grid: GridSpec) -> np.ndarray:
    """Return a scan of :func:`shown_scan` moved by a motion on ``grid``, 0 or brighter."""
    return np.clip(edit_native(shown, SHOWN.affine, motion, 1.0, grid), 0, None)


def _around(there: np.ndarray, spacing: np.ndarray) -> tuple[slice, slice, slice]:
    """Return the box around what is true, and :data:`REACH_MM` more, inside the field of view."""
    sides = []
    for axis, step in enumerate(spacing):
        inside = np.flatnonzero(there.any(axis=tuple(across for across in range(3) if across != axis)))
        margin = int(np.ceil(REACH_MM / step))
        low, high = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, there.shape[axis])
        sides.append(slice(max(low - margin, 0), min(high + margin, there.shape[axis])))
    return sides[0], sides[1], sides[2]
