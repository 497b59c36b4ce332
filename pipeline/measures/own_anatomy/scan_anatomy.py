"""A person's tissue, ventricles and the inside of the skull together, and their volumes."""

from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.measures.own_anatomy.inside_skull import inside
from brainaging.pipeline.measures.own_anatomy.own_ventricles import ventricles
from brainaging.pipeline.measures.own_anatomy.partial_volume import tissue_shares
from brainaging.pipeline.measures.own_anatomy.template_tissue import CLASSES
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, get_grid

VOLUMES = ("inside", "brain", *CLASSES, "ventricles")
"""What :func:`own_volumes` gives: the skull's inside, tissue, and the parts of both."""


@dataclass(frozen=True, eq=False)
class OwnAnatomy:
    """One scan's anatomy on its grid.

    Attributes:
        grid: of the scan.
        inside: (X, Y, Z) bool, the skull's inside.
        shares: (3, X, Y, Z) float32, of fluid, grey and white matter.
        ventricles: (X, Y, Z) float32, the part of the fluid that is lateral and third ventricles.
    """

    grid: GridSpec
    inside: np.ndarray
    shares: np.ndarray
    ventricles: np.ndarray

    def volumes(self) -> dict[str, float]:
        """Return mL of :data:`VOLUMES`, on the grid: a scan that was registered has its own size by the
        registration's scale.
        """
        voxel = self.grid.voxel_ml
        classes = {
            name: float(share.sum(dtype=float)) * voxel for name, share in zip(CLASSES, self.shares, strict=True)
        }
        return {
            "inside": float(np.count_nonzero(self.inside)) * voxel,
            "brain": classes["grey"] + classes["white"],
            **classes,
            "ventricles": float(self.ventricles.sum(dtype=float)) * voxel,
        }


def own_anatomy(volume: np.ndarray, grid: str | GridSpec) -> OwnAnatomy:
    """Return the anatomy of one stripped T1w scan (X, Y, Z) on a grid.

    Raises:
        UserError: a volume that is not on the grid.
    """
    spec = get_grid(grid)
    hull = inside(volume, spec)
    shares = tissue_shares(volume, spec, hull)
    return OwnAnatomy(spec, hull, shares, ventricles(shares, spec))


def own_volumes(volumes: np.ndarray, grid: str | GridSpec) -> dict[str, np.ndarray]:
    """Return mL of :data:`VOLUMES`, (n,) each, of scans (n, X, Y, Z) on a grid.

    Raises:
        UserError: volumes that are not on the grid.
    """
    spec = get_grid(grid)
    if volumes.ndim != 4:
        raise UserError(f"own volumes: expected (n, {str(spec.shape)[1:-1]}), found {volumes.shape}")
    measured = [own_anatomy(volume, spec).volumes() for volume in volumes]
    return {name: np.array([row[name] for row in measured], dtype=float) for name in VOLUMES}
