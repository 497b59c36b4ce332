"""The one grid contract: a `GridSpec` is the only way an image becomes a tensor.

The original work trained a GAN on volumes resized from 70 to 64 voxels and fed them to a classifier trained at 70;
no shape check failed, and a head shrunk to 0.914 read as female. So a grid keeps physical scale, and its
fingerprint travels with every tensor, cache and checkpoint.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
from nibabel.affines import apply_affine
from nibabel.orientations import axcodes2ornt

from brainaging.transforms.scan_errors import GridMismatchError

FIELD_OF_VIEW_MM = 192.0
"""Edge of the cube that every named grid covers: the MNI152 brain is 145 × 181 × 155 mm."""

CENTRE_MM = (0.0, -18.0, 6.0)
"""MNI position (RAS+ mm) of the middle of every grid: the MNI152 brain mask's box, x −72…72, y −107…73, z −72…82,
has its middle at (0, −17, 5). x = 0 is a face between two voxels, so that flipping the array flips the brain."""


@dataclass(frozen=True)
class GridSpec:
    """A lattice in template space: where voxels lie in MNI152 RAS+ mm and how intensities are scaled on it.

    Args:
        name: what people call it, for example ``t1w_64``.
        shape: voxels along each axis.
        spacing: edge of a voxel in mm, the same along each axis.
        orientation: where the three axes point, as nibabel writes it.
        intensity: name of the normalisation rule (`brainaging.transforms.intensity.RULES`).

    Raises:
        ValueError: a field that describes no grid.

    >>> get_grid("t1w_64").shape, get_grid("t1w_64").spacing
    ((64, 64, 64), 3.0)
    """

    name: str
    shape: tuple[int, int, int]
    spacing: float
    orientation: str = "RAS"
    intensity: str = "half_max_q98"

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 2:
            raise ValueError(f"grid {self.name!r}: expected three sizes of at least 2 voxels, found {self.shape}")
        if not (np.isfinite(self.spacing) and self.spacing > 0):
            raise ValueError(f"grid {self.name!r}: expected a spacing above 0 mm, found {self.spacing}")
        axes = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}
        if sorted(axes.get(code, -1) for code in self.orientation) != [0, 1, 2]:
            raise ValueError(f"grid {self.name!r}: expected an orientation such as RAS, found {self.orientation}")
        # A config file gives a list and an int: the same grid must get the same fingerprint.
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "spacing", float(self.spacing))

    @property
    def affine(self) -> np.ndarray:
        """Voxel index → MNI152 RAS+ mm, (4, 4); the middle of the field of view lies at `CENTRE_MM`."""
        affine = np.eye(4)
        affine[:3, :3] = 0.0
        for axis, (world, sign) in enumerate(axcodes2ornt(self.orientation)):
            affine[int(world), axis] = sign * self.spacing
        middle = (np.asarray(self.shape) - 1) / 2
        affine[:3, 3] = np.asarray(CENTRE_MM) - apply_affine(affine, middle)
        return affine

    @property
    def fingerprint(self) -> str:
        """Name and eight hex digits that change with any field, for example ``t1w_32-1a2b3c4d``."""
        content = json.dumps({**asdict(self), "centre": CENTRE_MM}, sort_keys=True)
        return f"{self.name}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in mL."""
        return self.spacing**3 / 1000


GRIDS: dict[str, GridSpec] = {
    f"t1w_{n}": GridSpec(f"t1w_{n}", (n, n, n), FIELD_OF_VIEW_MM / n) for n in (32, 48, 64, 96, 128, 192)
}


def get_grid(grid: str | GridSpec) -> GridSpec:
    """Return the grid of that name; a `GridSpec` passes through.

    Raises:
        ValueError: no grid has that name; the message lists those there are.

    >>> get_grid("t1w_32").spacing
    6.0
    """
    if isinstance(grid, GridSpec):
        return grid
    if grid not in GRIDS:
        raise ValueError(f"grid: expected one of {', '.join(GRIDS)}, found {grid!r}")
    return GRIDS[grid]


def check_fingerprint(expected: GridSpec | str, fingerprint: str, what: str) -> None:
    """Refuse `what` when its grid's fingerprint is not the expected one.

    Args:
        expected: a grid, a named grid, or a fingerprint.
        fingerprint: what came with the data.
        what: what is being loaded, for the message (a path, "the checkpoint", …).

    Raises:
        GridMismatchError: they differ; the message holds both.
    """
    if isinstance(expected, GridSpec):
        expected = expected.fingerprint
    elif expected in GRIDS:
        expected = GRIDS[expected].fingerprint
    if fingerprint != expected:
        raise GridMismatchError(f"{what}: expected grid {expected}, found {fingerprint or 'no fingerprint'}")
