"""A person's own shape: smooth random flows, one scale after the other, from the coarsest to the finest.

Fields are white noise under a Gaussian, not splines, and as each scale flows through what the former has moved,
the whole is no stationary flow.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.simulate.elastic.deformations import read

Array = NDArray[np.float64]
SCALE_SD = 0.5
"""SD of a scale's Gaussian by its distance of knots: a cubic B-spline's own is 0.58 of that. A choice of this
world.
"""
FLOW_STEPS = 4
"""Euler steps of each scale. A choice of this world: another number is another shape, and no truth is lost."""


def smooth_noise(noise: Array, sd: float) -> Array:
    """Return ``noise`` (…, X, Y, Z) of unit variance under a Gaussian of ``sd`` points, to unit variance again."""
    axes = (-3, -2, -1)
    filtered = gaussian_filter(noise, sd, mode="wrap", axes=axes)
    impulse = np.zeros(noise.shape[-3:])
    impulse[0, 0, 0] = 1
    kernel = gaussian_filter(impulse, sd, mode="wrap")
    scaled: Array = filtered / np.sqrt((kernel**2).sum())
    return scaled


def nearly_alike(field: Array, asymmetry: float, middle: float) -> Array:
    """Return a vector ``field`` (3, X, Y, Z) with the share ``asymmetry`` of its variance odd about x =
    ``middle``.

    ``middle`` is the index of the plane between the hemispheres; beyond the mirrored lattice its edge holds.
    """
    count = field.shape[1]
    other = np.clip(np.rint(2 * middle - np.arange(count)).astype(int), 0, count - 1)
    mirror = field[:, other] * np.array([-1.0, 1.0, 1.0])[:, None, None, None]
    even, odd = np.sqrt(2 - 2 * asymmetry) / 2, np.sqrt(2 * asymmetry) / 2
    alike: Array = (even + odd) * field + (even - odd) * mirror
    return alike


def flow(velocities: Sequence[Array]) -> Array:
    """Return the displacement (3, X, Y, Z) of flowing through ``velocities``, one after the other, each for unit
    time.

    All in steps of the lattice, by Euler's method.
    """
    points = np.indices(velocities[0].shape[1:]).astype(float)
    places = points.copy()
    for velocity in velocities:
        for _ in range(FLOW_STEPS):
            places = places + read(velocity, places) / FLOW_STEPS
    return places - points
