"""Head size of many volumes, measured in the image."""

import numpy as np

from brainaging.transforms import head_size_ml


def head_sizes(volumes: np.ndarray, spacing: float) -> np.ndarray:
    """Return each volume's head size (n,) in mL, of volumes (n, X, Y, Z) at ``spacing`` mm, by half maximum."""
    return np.array([head_size_ml(volume, spacing) for volume in volumes])
