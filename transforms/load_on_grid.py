"""Load volumes that already lie on a grid."""

import os
from collections.abc import Hashable, Mapping
from typing import Any

import torch

from brainaging.transforms.dictionary import GridTransform
from brainaging.transforms.scan_errors import ScanError
from brainaging.transforms.write import load_grid_nifti


class LoadOnGridd(GridTransform):
    """Dictionary transform: a path becomes a float32 tensor ``(1, X, Y, Z)``, if it lies on the grid.

    Args:
        keys: which entries hold paths of files that `save_nifti` wrote.
        grid: the grid that they must lie on, or its name.

    Raises:
        ScanError: no path.
        GridMismatchError: a file carries another grid's fingerprint, or none.
    """

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Return a copy of ``data`` with the paths replaced by tensors."""
        loaded = dict(data)
        for key in self.key_iterator(loaded):
            if not isinstance(loaded[key], str | os.PathLike):
                found = type(loaded[key]).__name__
                raise ScanError(f"expected the path of a volume on grid {self.grid.name}, found {found}")
            loaded[key] = torch.from_numpy(load_grid_nifti(loaded[key], self.grid)[None])
        return loaded
