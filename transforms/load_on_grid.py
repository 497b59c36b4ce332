"""Load volumes that already lie on a grid, and place those that do not."""

import os
from typing import Any

import torch
from monai.config import KeysCollection

from brainaging.transforms.chains import ScanSteps, Space, t1w_chain
from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.scan_errors import ScanError
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform
from brainaging.transforms.write import is_on_a_grid, load_grid_nifti


class LoadOnGrid(ImageStep):
    """A path of a file that `save_nifti` wrote becomes a float32 tensor ``(1, X, Y, Z)``, if it lies on the grid.

    Args:
        grid: the grid that it must lie on, or its name.
        scans: what becomes of a scan that nobody has placed on a grid: None refuses it; "native" and "template"
            place it by :func:`t1w_chain` of that space. A registered head keeps its own volume, as heads of the
            simulated cohort and of HCP's AC-PC space do.
    """

    def __init__(self, grid: str | GridSpec, scans: Space | None = None) -> None:
        self.grid = get_grid(grid)
        self.chain = None
        if scans is not None:
            self.chain = t1w_chain(self.grid, space=scans, steps=ScanSteps(own_size=True))

    def apply(self, image: Any, what: str) -> torch.Tensor:
        """Read it.

        Raises:
            ScanError: no path; or, of a scan that is placed, as :func:`t1w_chain`.
            GridMismatchError: the file carries another grid's fingerprint, or none.
        """
        if not isinstance(image, str | os.PathLike):
            found = type(image).__name__
            raise ScanError(f"{what}: expected the path of a volume on grid {self.grid.name}, found {found}")
        if self.chain is not None and not is_on_a_grid(image):
            placed: torch.Tensor = self.chain({"image": str(image)})["image"]
            return placed
        return torch.from_numpy(load_grid_nifti(image, self.grid)[None])


class LoadOnGridd(ScanTransform):
    """`LoadOnGrid` on each key.

    Args:
        keys: which entries hold paths of files that `save_nifti` wrote.
        grid: the grid that they must lie on, or its name.
        allow_missing_keys: whether entries may lack.
        scans: see `LoadOnGrid`.
    """

    def __init__(
        self,
        keys: KeysCollection,
        grid: str | GridSpec,
        allow_missing_keys: bool = False,
        scans: Space | None = None,
    ) -> None:
        super().__init__(keys, LoadOnGrid(grid, scans), allow_missing_keys)
        self.grid = get_grid(grid)
