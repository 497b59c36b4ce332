"""Anatomies on disk: a folder each, read one at a time, so that a cohort needs its scans no more.

``t1.nii.gz`` (X, Y, Z) in ten-thousandths, ``shares.nii.gz`` (X, Y, Z, 6) in 255ths, ``structures.nii.gz`` and
``in_template.nii.gz`` on the fields' lattice, and ``anatomy.json``, written last: what it was made of.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import torch
from numpy.typing import NDArray

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.runtime import UserError, write_json
from brainaging.pipeline.simulate.anatomies.anatomy import LATTICE, MAPS, Anatomy
from brainaging.pipeline.simulate.volume_file import write_volume

RECORD = "anatomy.json"
T1_UNIT, SHARE_UNIT = 1e-4, 1 / 255
"""Steps of what is kept. Sensitivity: a two-hundredth of a scan's noise, and of a voxel's share."""


def write_anatomy(folder: Path, anatomy: Anatomy, source: Mapping[str, Any]) -> None:
    """Write an anatomy to its folder; ``source`` says what it was made of and by which code."""
    affine = _affine(anatomy.lattice)
    t1 = np.rint(anatomy.maps[0] / T1_UNIT).astype(np.int16)
    shares = np.rint(np.clip(anatomy.maps[1:], 0, 1) / SHARE_UNIT).astype(np.uint8)
    write_volume(folder / "t1.nii.gz", t1, affine)
    write_volume(folder / "shares.nii.gz", np.moveaxis(shares, 0, -1), affine)
    write_volume(folder / "structures.nii.gz", anatomy.structures.astype(np.int16), _affine(LATTICE))
    write_volume(folder / "in_template.nii.gz", anatomy.in_template.numpy(), _affine(LATTICE))
    levels = {"name": anatomy.name, "white": anatomy.white, "contrast": anatomy.contrast}
    write_json(folder / RECORD, {**levels, "volumes_ml": volumes_ml(anatomy), **source})


class KeptAnatomy(Anatomy):
    """The anatomy in a folder; its maps, which are large, are read whenever they are asked for.

    Raises:
        UserError: a file of it is not there or cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        record = _checked(folder, lambda: json.loads((folder / RECORD).read_text(encoding="utf-8")))
        t1 = _checked(folder, lambda: nib.load(folder / "t1.nii.gz"))
        labels, points = (_array(folder, name) for name in ("structures", "in_template"))
        x, y, z = (float(corner) for corner in t1.affine[:3, 3])
        values = {
            "folder": folder,
            "name": str(record["name"]),
            "lattice": Lattice((x, y, z), t1.shape, float(t1.affine[0, 0])),
            "structures": labels.astype(np.int32),
            "in_template": torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)),
            "white": float(record["white"]),
            "contrast": float(record["contrast"]),
            "individual": True,
            "_sampled": {},
        }
        for name, value in values.items():
            # a frozen dataclass is filled so
            object.__setattr__(self, name, value)

    @property
    def maps(self) -> NDArray[np.float32]:
        """Read the maps (7, X, Y, Z)."""
        folder: Path = self.__dict__["folder"]
        t1, shares = (_array(folder, name) for name in ("t1", "shares"))
        maps = np.empty((len(MAPS), *t1.shape), np.float32)
        maps[0] = t1 * np.float32(T1_UNIT)
        maps[1:] = np.moveaxis(shares, -1, 0) * np.float32(SHARE_UNIT)
        return maps


def _array(folder: Path, name: str) -> NDArray[Any]:
    return _checked(folder, lambda: np.asarray(nib.nifti1.load(folder / f"{name}.nii.gz").dataobj))


def _checked(folder: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (OSError, ValueError, EOFError, zlib.error, nib.filebasedimages.ImageFileError) as error:
        raise UserError(
            f"{folder}: expected an anatomy as `brainaging simulate` keeps it, found part of one or none"
        ) from error


def volumes_ml(anatomy: Anatomy) -> dict[str, float]:
    """Return the volume in mL of every map of shares."""
    voxel = anatomy.lattice.step**3 / 1e3
    pairs = zip(MAPS[1:], anatomy.maps[1:], strict=True)
    return {name: round(float(values.sum(dtype=float)) * voxel, 3) for name, values in pairs}


class KeptAnatomies(Mapping[str, Anatomy]):
    """The finished anatomies of a folder by name.

    Args:
        folder: with a folder an anatomy.
        names: of those that count, where not all do.
    """

    def __init__(self, folder: Path, names: list[str] | None = None) -> None:
        self.folder = folder
        found = sorted(path.parent.name for path in folder.glob(f"*/{RECORD}"))
        self._read: dict[str, KeptAnatomy] = {}
        self._names = [name for name in found if names is None or name in names]

    def __getitem__(self, name: str) -> Anatomy:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = KeptAnatomy(self.folder / name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _affine(lattice: Lattice) -> NDArray[np.float64]:
    affine = np.diag([lattice.step] * 3 + [1.0])
    affine[:3, 3] = lattice.origin
    return affine
