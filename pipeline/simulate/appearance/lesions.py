"""White-matter lesions: dark on T1w, near the ventricles first, made by no deformation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from brainaging.pipeline.simulate.typed_values import between

Array = NDArray[np.float64]
PATCH_MM = 5.0
"""SD of the noise that decides where lesions lie: patches of about a centimetre. A choice of this world."""
SPREAD_MM = 4.0
"""How far a person's noise can take lesions from the ventricles' wall, one SD of it: caps and rims come first in
people too (Fazekas et al. 1987, AJR). Sensitivity: of 5 mL in the template 4 % lie beyond 10 mm, at 8 mm 16 %."""
EDGE_MM = 1.5
"""Over which a lesion fades into white matter. A choice of this world: half a voxel at 3 mm."""
WHITE_SHARE = 0.5
"""Lesions lie where more than this is white matter."""


@dataclass(frozen=True)
class Lesions:
    """T1w hypointensities of the white matter: ``ml_per_year`` from the age of ``onset`` on, at the mean rate.

    ``rate_sd`` is the SD of a person's log rate; ``depth`` how far from white to grey intensity a lesion is, 1
    being grey.
    """

    onset: float = between(0, 120)
    ml_per_year: float = between(0, 5)
    rate_sd: float = between(0, 2)
    depth: float = between(0, 1.5)

    def volume(self, age: float, score: float) -> float:
        """Return the volume in mL at ``age`` of whom ``score`` (unit normal) makes fast or slow."""
        rate = np.exp(self.rate_sd * score - self.rate_sd**2 / 2)
        return float(self.ml_per_year * rate * max(age - self.onset, 0.0))


def lesion_order(white: Array, ventricles: Array, noise: Array, step: float) -> Array:
    """Return in which order (X, Y, Z) lesions take a lattice's points: the lowest first, in mm; white matter
    alone.

    Args:
        white, ventricles: shares (X, Y, Z) at the points.
        noise: (X, Y, Z) unit normal, the person's.
        step: of the lattice, mm.
    """
    walls = ventricles > max(0.3 * float(ventricles.max()), 1e-3)
    distance = step * distance_transform_edt(~walls)
    patches = gaussian_filter(noise, PATCH_MM / step, mode="wrap")
    order = distance + SPREAD_MM * patches / patches.std()
    placed: Array = np.where(white > WHITE_SHARE, order, order + 50.0)
    return placed


def lesion_limit(order: Array, white: Array, volume_ml: float, step: float) -> float:
    """Return the ``order`` up to which lesions lie so that they hold ``volume_ml``; −inf for none."""
    inside = order[white > WHITE_SHARE]
    count = volume_ml * 1e3 / step**3
    if count <= 0 or inside.size == 0:
        return -np.inf
    ranked = np.sort(inside)
    return float(
        np.interp(count - 0.5, np.arange(len(ranked)), ranked, left=ranked[0] - EDGE_MM * (1 - 2 * count))
    )


def lesion_share(order: Array, limit: float) -> Array:
    """Return the share (0 to 1) that is lesion where ``order`` was read, between lattice points too."""
    if not np.isfinite(limit):
        return np.zeros_like(order)
    share: Array = np.clip((limit - order) / (2 * EDGE_MM) + 0.5, 0, 1)
    return share
