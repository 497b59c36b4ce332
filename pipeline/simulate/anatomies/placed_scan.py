"""A stripped T1w scan on the lattice that anatomies have: 1 mm, MNI152 mm, without its bias field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from brainaging.networks.lattice import Lattice
from brainaging.transforms import GridSpec, ScanError, ScanSteps, correct_bias, register, t1w_chain
from brainaging.transforms.grid import CENTRE_MM

GRID = GridSpec("anatomy", (192, 224, 192), 1.0)
"""Where scans are placed: the MNI152 brain with 17 mm around it and more."""
_CORNER = GRID.affine[:3, 3]
VOXELS = Lattice((float(_CORNER[0]), float(_CORNER[1]), float(_CORNER[2])), GRID.shape, GRID.spacing)
"""The same as a lattice of points."""
DOF = 9
"""Rotation, shift and three scales: the head's own folds and proportions within them stay. Sensitivity: none of an
anatomy's volumes, since head size is a person's cause; 12 would shear brains towards the template."""

FARTHEST_MM, FARTHEST_DEGREES = 15.0, 15.0
"""How far a brain in MNI or AC-PC space may lie from the template. Sensitivity: three native scans lie 44 to 64 mm
away, which the check of overlap alone lets pass."""


@dataclass(frozen=True)
class AnatomyScan:
    """A scan that people are to be made from.

    Attributes:
        name: of the anatomy, letters, digits, "-" and "_" alone: a folder is called by it.
        path: of the stripped T1w scan.
        space: "template" for a scan in MNI or AC-PC space, "native" for one that is registered first.
    """

    name: str
    path: Path
    space: Literal["template", "native"]


def place_scan(scan: AnatomyScan) -> NDArray[np.float32]:
    """Return a scan (192, 224, 192) on :data:`GRID`, its bias field divided out, in its own units.

    It is resampled once. Its noise stays, and is part of the anatomy.

    Raises:
        ScanError: a file that cannot be read, a whole head, another contrast than T1w's, a brain that does not lie
            where its space says.
    """
    chain = t1w_chain(GRID, space=scan.space, steps=ScanSteps(dof=DOF, normalize=False))
    placed = np.asarray(chain({"image": str(scan.path)})["image"][0])
    if scan.space == "template":
        _check_place(placed, scan.path)
    return np.asarray(correct_bias(placed, np.ones(3)), dtype=np.float32)


def _check_place(placed: NDArray[np.float32], path: Path) -> None:
    """Raise ScanError where a brain that is said to lie in the template's space lies elsewhere."""
    thin = GRID.affine @ np.diag([2.0, 2.0, 2.0, 1.0])
    moved = register(placed[::2, ::2, ::2], thin, 6).affine
    centre = np.array(CENTRE_MM)
    shift = float(np.linalg.norm(moved[:3, :3] @ centre + moved[:3, 3] - centre))
    cosine = (np.trace(moved[:3, :3]) - 1) / 2
    angle = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    if shift > FARTHEST_MM or angle > FARTHEST_DEGREES:
        raise ScanError(
            f"{path}: expected a brain in MNI or AC-PC space, found one {shift:.0f} mm and {angle:.0f} degrees "
            "from the template: if it is in its scanner's space, say space native"
        )
