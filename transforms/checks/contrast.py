"""Has a stripped brain the contrast of a T1w scan: white matter bright, grey matter darker, fluid dark?"""

import numpy as np
from scipy import ndimage

from brainaging.transforms.scan_errors import ScanError

VOXEL_MM = 6.0
"""Depth under the brain's surface is measured on voxels of about this size: some 8,000 of them."""
INVERTED = -0.1
"""Correlation of intensity with depth under which a contrast is not T1w's. Fluid and cortex lie at the rim, white
matter deep: real scans have 0.4 to 0.6 (0.15 and more under the bias field of a surface coil), tight masks and the
template 0.3, the same turned over -0.3 to -0.5."""
DARKEST, USUAL_DARK, HIGHEST_DARK = 0.1, 0.06, 0.34
"""Percentile inside, and the shares of white matter's level that it has at most and may have. Fluid, vessels and
the rim's partial volume leave 0.04 and less in real scans, 0.27 in the average that the template is."""
CLIPPED, TOO_CLIPPED = 0.005, 0.1
"""Shares of the bright tissue at the highest value, which is one voxel's in a scan as it was measured: from the
first on a clipped scan is said to be one (a scan put between its 1st and 99th percentiles has 0.017), and from the
second on refused, for white matter's level (the 98th percentile) is then 10 % too low and more."""


def depth_correlation(volume: np.ndarray, signal: np.ndarray, affine: np.ndarray) -> float:
    """Correlation of intensity with depth under the brain's surface.

    Args:
        volume: (X, Y, Z) of a stripped scan.
        signal: (X, Y, Z) bool, where it has signal.
        affine: (4, 4) voxel index → mm.

    Returns:
        −1…1; NaN where intensity or depth is one value everywhere.
    """
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    steps = [max(1, round(VOXEL_MM / size)) for size in sizes]
    thin = tuple(slice(step // 2, None, step) for step in steps)
    values, mask = volume[thin], np.pad(signal[thin], 1)
    depth = ndimage.distance_transform_edt(mask, sampling=sizes * steps)[1:-1, 1:-1, 1:-1]
    mask = mask[1:-1, 1:-1, 1:-1]
    x, y = values[mask], depth[mask]
    if x.size < 2 or x.min() == x.max() or y.min() == y.max():
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def check_contrast(volume: np.ndarray, signal: np.ndarray, affine: np.ndarray, what: object) -> None:
    """Refuse a stripped brain whose contrast is not T1w's.

    Args:
        volume: (X, Y, Z) of a stripped scan.
        signal: (X, Y, Z) bool, where it has signal.
        affine: (4, 4) voxel index → mm.
        what: the file's name, for the message.

    Raises:
        ScanError: the rim is brighter than the depth.
    """
    correlation = depth_correlation(volume, signal, affine)
    if correlation < INVERTED:
        raise ScanError(
            f"{what}: expected a T1w contrast (white matter brightest, fluid darkest), found the brain's rim "
            f"brighter than its depth (correlation {correlation:.2f}): a T2w scan, or intensities turned over"
        )


def check_levels(volume: np.ndarray, threshold: float, what: object) -> list[str]:
    """Say where the darkest or the brightest of a stripped brain is not its own, and refuse where it decides.

    Args:
        volume: (X, Y, Z) of a stripped scan, 0 outside.
        threshold: half maximum.
        what: the file's name, for the message.

    Returns:
        What is to be known about the intensities, in words: nothing for a usual scan.

    Raises:
        ScanError: the darkest voxels have a third of white matter's intensity and more (an offset was added inside
            the mask alone), or so much is clipped that white matter's level is lost.
    """
    notes = []
    inside = volume[volume > 0]
    darkest = float(np.percentile(inside, DARKEST)) / (2 * threshold)
    if darkest > HIGHEST_DARK:
        raise ScanError(
            f"{what}: expected dark fluid inside the brain (under {HIGHEST_DARK:.0%} of white matter), found "
            f"nothing under {darkest:.0%}: an offset inside the mask alone? give the scan as it was before that"
        )
    if darkest > USUAL_DARK:
        notes.append("no dark fluid: an offset inside the mask, or a tight mask?")
    bright = inside[inside > threshold]
    clipped = float(np.mean(bright == bright.max()))
    if clipped > TOO_CLIPPED:
        raise ScanError(
            f"{what}: expected white matter's own intensities, found {clipped:.0%} of the bright tissue at the "
            f"highest value {bright.max():.4g} (clipped; at most {TOO_CLIPPED:.0%}): give the scan as it was "
            "before that"
        )
    if clipped > CLIPPED:
        notes.append("bright tissue clipped: if the lowest was taken off too, the head is too small")
    return notes
