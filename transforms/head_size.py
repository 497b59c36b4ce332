"""Head size: measured as the volume brighter than half of the brain's maximum, and changed."""

from collections.abc import Sequence

import numpy as np

from brainaging.transforms.checks.image_form import real_array
from brainaging.transforms.grid import GridSpec
from brainaging.transforms.placing import resample


def half_maximum(volume: np.ndarray) -> float:
    """Half of the brain's bright level, the threshold between tissue and fluid or background.

    The level is the 90th percentile of what lies above the threshold itself (a fixed point), so that it depends
    neither on how much background or fluid the mask leaves in, nor on bright outliers, nor on gain.

    Args:
        volume: any shape; background 0 or below.

    Returns:
        The threshold in the volume's units; 0 when nothing is above 0.
    """
    values = volume[volume > 0]
    if not values.size:
        return 0.0
    threshold = 0.25 * float(np.percentile(values, 90))
    for _ in range(20):
        bright = values[values > threshold]
        new = 0.5 * float(np.percentile(bright, 90))
        if abs(new - threshold) <= 1e-4 * new:
            break
        threshold = new
    return new


def head_size_ml(volume: np.ndarray, spacing: float | np.ndarray) -> float:
    """Brain volume (grey and white matter) in mL: voxels above half maximum.

    Clipping at a low threshold instead would count the blurred rim, and make of a true +11.6 % one of +20 %.

    Args:
        volume: (X, Y, Z) of a skull-stripped T1w scan.
        spacing: voxel size in mm: one number, or three.

    Returns:
        mL.

    Raises:
        ScanError: other than finite real numbers.

    >>> ball = np.hypot(np.hypot(*np.mgrid[-20:21, -20:21]), 0)[..., None] <= 15
    >>> round(head_size_ml(np.repeat(ball.astype(float), 10, axis=2), 1.0), 2)
    7.09
    """
    volume = real_array(volume, "head_size_ml", None, finite=True)
    voxel_ml = float(np.prod(np.broadcast_to(np.asarray(spacing, float), (3,)))) / 1000
    return float(np.count_nonzero(volume > half_maximum(volume))) * voxel_ml


def origin_voxel(grid: GridSpec) -> np.ndarray:
    """Return where the origin of a grid's space lies, a voxel index (3,) with fractions.

    Heads of one space differ in size about it: scaled about another point they would move by their size.
    """
    voxel: np.ndarray = np.linalg.inv(grid.affine)[:3, 3]
    return voxel


def scale_head(
    volume: np.ndarray, scale: float, about: Sequence[float] | np.ndarray | None = None, *, antialias: bool = True
) -> np.ndarray:
    """Return a volume (X, Y, Z) with everything in it ``scale`` times as large; beyond the volume lies 0.

    Args:
        volume: any volume with voxels of one size.
        scale: linear; 1 is as it is.
        about: the voxel index (3,) that stays, such as :func:`origin_voxel`; the middle of the volume if None.
        antialias: False interpolates linearly without a low-pass, as the resizing that is being imitated does.

    >>> scale_head(np.arange(5.0)[:, None, None] * np.ones((1, 5, 5)), 2.0)[:, 2, 2].tolist()
    [1.0, 1.5, 2.0, 2.5, 3.0]
    """
    centre = (np.array(volume.shape) - 1) / 2 if about is None else np.asarray(about, float)
    grown = np.diag([scale, scale, scale, 1.0])
    grown[:3, 3] = (1 - scale) * centre
    return resample(volume, grown, np.eye(4), volume.shape, antialias=antialias)
