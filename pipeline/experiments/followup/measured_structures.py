"""Volumes of structures, measured in a scan and in a prediction of it by the same instrument."""

import numpy as np

from brainaging.pipeline.measures.tissue import tissue_volumes
from brainaging.transforms import GridSpec

STRUCTURES = ("ventricles", "grey", "white", "tissue")


def structure_volumes(brains: np.ndarray, grid: GridSpec, own_scale: np.ndarray) -> dict[str, np.ndarray]:
    """Return volumes (n,) in mL, in each head's own scale, of brains (n, X, Y, Z) on a grid.

    Ventricles, grey and white matter as :func:`tissue_volumes` measures them, and both kinds of tissue together,
    which the split between them leaves alone. ``own_scale`` (n,) is a head's own volume by that on the grid.
    """
    measured = tissue_volumes(np.asarray(brains, dtype=np.float32), grid)
    volumes = {**measured, "tissue": measured["grey"] + measured["white"]}
    return {name: volumes[name] * own_scale for name in STRUCTURES}
