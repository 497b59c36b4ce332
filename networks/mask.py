"""The mask that a network of volumes is built on."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: ``(X, Y, Z)``, the voxels that brains may fill
Mask = NDArray[np.bool_] | Tensor


def checked_mask(mask: Mask) -> Tensor:
    """Return a mask ``(X, Y, Z)`` as a bool tensor.

    Raises:
        ValueError: it is not three-dimensional or is empty.
    """
    # values are needed where a network is only counted, on the meta device
    inside = mask.bool() if isinstance(mask, Tensor) else torch.as_tensor(mask, dtype=torch.bool, device="cpu")
    if inside.ndim != 3 or not inside.any():
        raise ValueError(f"the mask must be three-dimensional and not empty, got shape {tuple(inside.shape)}")
    return inside
