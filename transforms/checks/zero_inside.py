"""Where 0 was in a brain that was centred inside its mask: at the end that its lowest intensities point to."""

import numpy as np

from brainaging.transforms.scan_errors import ScanError

LOW, LOWER = 0.1, 0.01
"""Percentiles from which 0 is extrapolated: 1,500 and 150 voxels of a brain at 1 mm."""
POWER = 2.0
"""Of the share of voxels under an intensity, near 0: that of noise in a magnitude image (Rayleigh), and of a rim's
partial volume. Over 40 scans of ds002748 and 20 simulated ones 0 is found within 1 % of white
matter, which moves head size by at most 0.8 %."""
TAIL = (0.18, 0.7)
"""How far the lowest voxels lie under the low ones, by these under the lowest hundredth: 0.32 by that law, 0.24 to
0.40 in scans; 0.1 where a mask was cut at a threshold, 1.1 where interpolation has rung: neither ends at 0."""
DARK = 0.28
"""Share of the bright level that the darkest twentieth may reach: 0.14 to 0.24 in scans with fluid inside the
mask, 0.33 in an average of many people, whose fluid is never dark."""
PLATEAU, STEP = 1e-3, 3.0
"""Share of voxels at the lowest value, and how many times those at the next one, from which it was clipped."""


def zero_inside(inside: np.ndarray, what: object) -> float:
    """Estimate which value was 0 before a brain's intensities were shifted and scaled.

    Args:
        inside: (n,) every voxel inside the mask, the brightest white matter's.
        what: the file's name, for the message.

    Raises:
        ScanError: the lowest intensities do not tell.
    """
    lower, low, hundredth, dark, bright = (float(v) for v in np.percentile(inside, (LOWER, LOW, 1, 5, 95)))
    ratio = (LOW / LOWER) ** (1 / POWER)
    zero = (ratio * lower - low) / (ratio - 1)
    problem = ""
    if (plateau := _plateau(inside)) > PLATEAU:
        problem = f"{plateau:.1%} of it clipped to the lowest value"
    elif low - lower > TAIL[1] * (hundredth - low):
        problem = "a long tail below (interpolation?)"
    elif low - lower < TAIL[0] * (hundredth - low):
        problem = "an abrupt lower end (a mask cut at a threshold, or coarse steps?)"
    elif dark - zero > DARK * (bright - zero):
        problem = "no dark fluid in it (an average, or too tight a mask)"
    if problem:
        raise ScanError(
            f"{what}: expected intensities of 0 outside and above 0 inside, found them centred inside the mask "
            f"({inside.min():.3g} to {inside.max():.3g}), and where 0 was cannot be told: {problem}; "
            "give the scan as it was before that"
        )
    return zero


def _plateau(inside: np.ndarray) -> float:
    """Share of voxels that were clipped to the lowest value; 0 where they are no more than values nearby."""
    lowest = inside.min()
    at_lowest = np.count_nonzero(inside == lowest)
    above = inside[inside > lowest]
    following = np.count_nonzero(above == above.min()) if above.size else 0
    return at_lowest / inside.size if at_lowest > STEP * following else 0.0
