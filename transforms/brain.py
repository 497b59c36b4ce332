"""Is this image a stripped brain, and where is it?"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from brainaging.transforms.checks.contrast import check_contrast
from brainaging.transforms.checks.image_form import real_array
from brainaging.transforms.head_size import half_maximum
from brainaging.transforms.scan_errors import ScanError

BRAIN_ML = (400.0, 2600.0)
"""What a stripped brain may fill, mL: the MNI152 mask 1883, real masks 1200 to 1600, whole heads 2000 and more."""
BRAIN_LENGTH_MM = 208.0
"""Longest side of a brain's box, mm: MNI152 181; a whole head with nose and neck 210 and more."""
ONE_PIECE = 0.75
"""Share of the bright voxels in one piece after erosion: brains 0.96 and more; a head whose fat outshines the
brain comes apart (0.3 to 0.4)."""
SIGNAL = 0.04
"""Signal is what exceeds this share of half maximum: interpolation ringing and a noisy zero stay under it."""
COARSE_MM = 2.0
"""Brains are counted on voxels of about this size: 150,000 and more of them, at an eighth of the price of 1 mm."""
TRIM_STEPS = 3
"""Erosions on a 4 mm lattice that part a neck's remnants (under 24 mm wide) from the brain."""


@dataclass(frozen=True)
class Coarse:
    """A scan thinned to about 2 mm by keeping every n-th voxel: counting on it estimates volumes without bias.

    Attributes:
        volume: (x, y, z) float32.
        affine: (4, 4) its voxel index → the scan's mm.
        voxel_ml: volume that one of its voxels stands for, mL.
        threshold: half maximum of the brain.
    """

    volume: np.ndarray
    affine: np.ndarray
    voxel_ml: float
    threshold: float


def coarse(volume: np.ndarray, affine: np.ndarray) -> Coarse:
    """Thin a scan to about 2 mm.

    Args:
        volume: (X, Y, Z).
        affine: (4, 4) voxel index → mm.
    """
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    steps = [max(1, round(COARSE_MM / size)) for size in sizes]
    starts = [(step - 1) // 2 for step in steps]
    thin = np.ascontiguousarray(volume[tuple(slice(a, None, n) for a, n in zip(starts, steps, strict=True))])
    change = np.diag([*steps, 1.0])
    change[:3, 3] = starts
    thin_affine = affine @ change
    voxel_ml = float(abs(np.linalg.det(thin_affine[:3, :3]))) / 1000
    return Coarse(thin, thin_affine, voxel_ml, half_maximum(thin))


def brain_mask(volume: np.ndarray) -> np.ndarray:
    """Where a stripped scan has brain: its signal, largest piece, holes filled.

    Args:
        volume: (X, Y, Z) of a skull-stripped scan.

    Returns:
        (X, Y, Z) bool.

    Raises:
        ScanError: no volume of finite real numbers.
    """
    volume = real_array(volume, "brain_mask", finite=True)
    return _filled(np.asarray(volume) > SIGNAL * half_maximum(volume))


def trimmed(mask: np.ndarray) -> np.ndarray:
    """Drop what hangs on a brain mask by a neck: remnants that a poor skull-strip left under the brain.

    Args:
        mask: (X, Y, Z) bool on a 4 mm lattice.

    Returns:
        The largest piece after 3 erosions (12 mm), grown back by 4 inside the mask; the mask itself when nothing
        is left of it.
    """
    labels, count = ndimage.label(ndimage.binary_erosion(mask, iterations=TRIM_STEPS))
    if count == 0:
        return mask
    core = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    return _filled(ndimage.binary_dilation(core, iterations=TRIM_STEPS + 1, mask=mask))


def _filled(mask: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(mask)
    if count > 1:
        labels = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(labels)


def check_brain(scan: Coarse, what: object) -> None:
    """Refuse what is no stripped brain or has another contrast than T1w's, and say what to do about it.

    Args:
        scan: from `coarse`.
        what: the file's name, for the message.

    Raises:
        ScanError: a whole head, something too small for a brain, or another contrast than T1w's.
    """
    signal = scan.volume > SIGNAL * scan.threshold
    if not signal.any():
        raise ScanError(f"{what}: expected a brain, found no voxel above 0")
    volume_ml = float(np.count_nonzero(signal)) * scan.voxel_ml
    if volume_ml < BRAIN_ML[0]:
        low, high = BRAIN_ML
        raise ScanError(f"{what}: expected a brain of {low:.0f} to {high:.0f} mL, found {volume_ml:.0f} mL")
    problem = ""
    if volume_ml > BRAIN_ML[1]:
        problem = f"signal in {volume_ml:.0f} mL (a brain has at most {BRAIN_ML[1]:.0f})"
    elif (length := _length_mm(signal, scan.affine)) > BRAIN_LENGTH_MM:
        problem = f"signal over {length:.0f} mm (a brain has at most {BRAIN_LENGTH_MM:.0f})"
    else:
        check_contrast(scan.volume, signal, scan.affine, what)
        if (share := _one_piece(scan.volume > scan.threshold)) < ONE_PIECE:
            problem = f"bright tissue in pieces, {share:.0%} of it in the largest (a brain is one)"
    if problem:
        raise ScanError(
            f"{what}: expected a skull-stripped brain, found a whole head: {problem}; strip it first, "
            "or ask for it with strip='deepbet' (the README says how to install it)"
        )


def _length_mm(signal: np.ndarray, affine: np.ndarray) -> float:
    """Longest side of the signal's box, mm; planes with under a thousandth of the signal do not count."""
    lengths = []
    for axis in range(3):
        profile = signal.sum(axis=tuple(a for a in range(3) if a != axis))
        used = np.flatnonzero(profile > 1e-3 * profile.sum())
        lengths.append((used[-1] - used[0] + 1) * np.linalg.norm(affine[:3, axis]) if used.size else 0.0)
    return float(max(lengths))


def _one_piece(bright: np.ndarray) -> float:
    labels, count = ndimage.label(ndimage.binary_erosion(bright))
    if count == 0:
        return 1.0
    sizes = np.bincount(labels.ravel())[1:]
    return float(sizes.max() / sizes.sum())
