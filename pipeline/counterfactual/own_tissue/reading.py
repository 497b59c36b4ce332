"""Scans read between their voxels."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from scipy.ndimage import map_coordinates

#: of the splines by which an edited scan is read between its voxels: the highest that scipy has. Sensitivity: with
#: linear reading (1) most of the error of going there and back was blur
DEGREE = 5


def resampled(volume: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return a volume (X, Y, Z) at x + ``shift`` (3, X, Y, Z) voxels; beyond the field of view lies 0.

    By interpolating B-splines of fifth degree (Unser 1999, IEEE Signal Process Mag 16:22): what a narrow ventricle
    gains in ten years at 4 mm is less than what linear interpolation blurs away. A voxel that does not move keeps
    its value, to the last bit. Places are shared out to as many threads as torch may use: each is read by itself.
    """
    places = np.nonzero(shift.any(axis=0))
    result: np.ndarray = np.array(volume, dtype=np.float32)
    where = [index + axis[places] for index, axis in zip(places, shift, strict=True)]
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(threads) as pool:
        parts = zip(*(np.array_split(axis, threads) for axis in where), strict=True)
        read = pool.map(lambda part: map_coordinates(result, part, order=DEGREE, mode="grid-constant"), parts)
        values = np.concatenate(list(read))
    result[places] = values
    return result
