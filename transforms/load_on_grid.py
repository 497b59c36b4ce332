"""Load volumes that already lie on a grid."""

import os
from typing import Any

import torch
from monai.config import KeysCollection

from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.scan_errors import ScanError
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform
from brainaging.transforms.write import load_grid_nifti


class LoadOnGrid(ImageStep):
    """A path of a file that `save_nifti` wrote becomes a float32 tensor ``(1, X, Y, Z)``, if it lies on the grid.

    Args:
        grid: the grid that it must lie on, or its name.
    """

    def __init__(self, grid: str | GridSpec) -> None:
        self.grid = get_grid(grid)

    def apply(self, image: Any, what: str) -> torch.Tensor:
        """Read it.

        Raises:
            ScanError: no path.
            GridMismatchError: the file carries another grid's fingerprint, or none.
        """
        if not isinstance(image, str | os.PathLike):
            found = type(image).__name__
            raise ScanError(f"{what}: expected the path of a volume on grid {self.grid.name}, found {found}")
        return torch.from_numpy(load_grid_nifti(image, self.grid)[None])


class LoadOnGridd(ScanTransform):
    """`LoadOnGrid` on each key.

    Args:
        keys: which entries hold paths of files that `save_nifti` wrote.
        grid: the grid that they must lie on, or its name.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, grid: str | GridSpec, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, LoadOnGrid(grid), allow_missing_keys)
        self.grid = get_grid(grid)
