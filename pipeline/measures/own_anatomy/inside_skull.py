"""What stands inside the skull, as far as a stripped scan shows it: the brain, its sulci and fissures closed."""

import numpy as np
from scipy.ndimage import binary_erosion, binary_fill_holes, distance_transform_edt, label, zoom

from brainaging.pipeline.measures.own_anatomy.template_tissue import near_template
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, get_grid
from brainaging.transforms.head_size import half_maximum

#: signal is what exceeds this share of half maximum, as in `brainaging.transforms.brain`. Sensitivity: not
#: measured; resampling's ringing lies below
SIGNAL = 0.04
#: fissures narrower than twice this are closed. Sensitivity (ds002748 at 4 mm): the inside is 0.6 % smaller with 6
#: mm, 1.1 % larger with 16
CLOSING_MM = 10.0
#: the hull is smooth, and is closed on voxels of about this size, mm. Sensitivity: the template's own hull is 2 %
#: larger at 2 mm than at 4 mm, by either
CLOSED_ON_MM = 3.0


def inside(volume: np.ndarray, grid: str | GridSpec) -> np.ndarray:
    """Return where the inside of the skull is, ``grid.shape`` bool.

    What holds tissue, and signal but for its outermost voxels (which a mask's edge fills in part), is closed:
    what a ball of 10 mm cannot enter from outside is inside, whether the stripper left fluid there or zeros.

    Args:
        volume: (X, Y, Z) of one stripped T1w scan on the grid, background 0.
        grid: of it.

    Raises:
        UserError: a volume that is not on the grid.
    """
    spec = on_grid(volume, grid)
    threshold = half_maximum(volume)
    occupied = (volume > threshold) & (volume > 0)
    occupied |= binary_erosion(volume > SIGNAL * threshold)
    occupied &= near_template(spec)
    if not occupied.any():
        return occupied
    step = max(1, int(CLOSED_ON_MM / spec.spacing))
    closed = _closed(_thinned(occupied, step), CLOSING_MM / (spec.spacing * step))
    if step == 1:
        hull = closed
    else:
        fine = zoom(closed.astype(np.float32), step, order=1, mode="nearest", grid_mode=True)
        hull = occupied | (fine[tuple(slice(n) for n in occupied.shape)] > 0.5)
    return np.asarray(binary_fill_holes(_largest(hull & near_template(spec))) & near_template(spec))


def on_grid(volume: np.ndarray, grid: str | GridSpec) -> GridSpec:
    """Return the grid; UserError where a volume has another shape."""
    spec = get_grid(grid)
    if volume.shape != spec.shape:
        raise UserError(f"volume: expected {spec.shape} of grid {spec.name}, found {volume.shape}")
    return spec


def _thinned(mask: np.ndarray, step: int) -> np.ndarray:
    """Return a mask on voxels ``step`` times as large: at least half filled."""
    if step == 1:
        return mask
    padded = np.pad(mask, [(0, -n % step) for n in mask.shape]).astype(np.float32)
    shape = [part for n in padded.shape for part in (n // step, step)]
    thin: np.ndarray = padded.reshape(shape).mean(axis=(1, 3, 5)) >= 0.5
    return thin


def _closed(mask: np.ndarray, radius: float) -> np.ndarray:
    """Close a mask with a ball of ``radius`` voxels."""
    pad = int(np.ceil(radius)) + 1
    padded = np.pad(mask, pad)
    dilated = distance_transform_edt(~padded) <= radius
    closed = distance_transform_edt(dilated) > radius
    return np.asarray(closed[(slice(pad, -pad),) * 3] | mask)


def _largest(mask: np.ndarray) -> np.ndarray:
    pieces, count = label(mask)
    if count <= 1:
        return mask
    return np.asarray(pieces == np.argmax(np.bincount(pieces.ravel())[1:]) + 1)
