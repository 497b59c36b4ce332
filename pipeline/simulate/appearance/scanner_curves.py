"""Scanners show the same tissue in other intensities: a smooth monotone curve through a person's own tissue
classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from brainaging.pipeline.simulate.typed_values import between

Array = NDArray[np.float64]
MOST = 0.4
"""A class moves at most by this share of its distance from the next one: beyond, two would meet."""
BRIGHTEST = 2.0
"""Intensity, by white matter's, from which on the curve is the identity again. A choice of this world: little
tissue is brighter than 1.3."""


@dataclass(frozen=True)
class ScannerCurves:
    """SDs, between sites, of where grey matter and fluid lie, relative to white matter's intensity."""

    grey_sd: float = between(0, 0.2)
    fluid_sd: float = between(0, 0.2)


def scanner_curve(fluid: float, grey: float, shifts: tuple[float, float]) -> PchipInterpolator:
    """Return the curve of intensities by white matter's (1) of a site.

    Args:
        fluid, grey: the person's own tissue classes, 0 < fluid < grey < 1.
        shifts: how far the site moves ``fluid`` and ``grey``; limited so that the curve rises.

    Raises:
        ValueError: the classes are not in that order.
    """
    if not 0 < fluid < grey < 1:
        raise ValueError(f"tissue classes: expected 0 < fluid < grey < 1, got {fluid:.3g} and {grey:.3g}")
    low, high = MOST * min(fluid, grey - fluid), MOST * min(grey - fluid, 1 - grey)
    moved = fluid + np.clip(shifts[0], -low, low), grey + np.clip(shifts[1], -high, high)
    return PchipInterpolator([0, fluid, grey, 1, BRIGHTEST], [0, *moved, 1, BRIGHTEST])
