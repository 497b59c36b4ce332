"""Scale intensities by the grid's rule."""

from typing import Any

import numpy as np
import torch
from monai.config import KeysCollection

from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.intensity import normalize_intensity
from brainaging.transforms.steps.images import channels_of
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform
from brainaging.transforms.tensors.intensity_rules import normalize_tensor


class NormalizeOnGrid(ImageStep):
    """Scale an image (C, X, Y, Z) by its grid's rule, each channel by itself.

    A NumPy array gives a NumPy array, a tensor a tensor on its own device, a `MetaTensor` one with the same trace.

    Args:
        grid: the grid or its name.
    """

    def __init__(self, grid: str | GridSpec) -> None:
        self.grid = get_grid(grid)

    def apply(self, image: Any, what: str) -> Any:
        """Normalise it; float32.

        Raises:
            ScanError: other than finite real numbers, channels first.
        """
        tensor = torch.from_numpy(image) if isinstance(image, np.ndarray) else image
        channels = channels_of(tensor, what)
        if channels.device.type == "cpu":
            volumes = [normalize_intensity(channel.numpy(), self.grid) for channel in channels]
            normal = torch.from_numpy(np.stack(volumes) if len(volumes) > 1 else volumes[0][None])
        else:
            normal = torch.stack([normalize_tensor(channel, self.grid) for channel in channels])
        if isinstance(image, np.ndarray):
            return normal.numpy()
        return normal if type(image) is torch.Tensor else type(image)(normal).copy_meta_from(image, copy_attr=True)


class NormalizeOnGridd(ScanTransform):
    """`NormalizeOnGrid` on each key.

    Args:
        keys: the entries that it works on.
        grid: the grid or its name.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, grid: str | GridSpec, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, NormalizeOnGrid(grid), allow_missing_keys)
        self.grid = get_grid(grid)
