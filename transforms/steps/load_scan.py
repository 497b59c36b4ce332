"""Read a scan, or take one that was read, as an image whose intensities mean what later steps take them for."""

import os
from typing import Any, ClassVar

import nibabel as nib
import numpy as np
from monai.config import KeysCollection
from monai.data import MetaTensor

from brainaging.transforms.checks.image_form import nibabel_volume, one_channel, scan_numbers
from brainaging.transforms.checks.intensity_form import zeroed
from brainaging.transforms.load import check_geometry, check_values, read_scan
from brainaging.transforms.scan_errors import ScanError
from brainaging.transforms.steps.images import affine_of, array_of, image_of, is_path, name_of
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform


class LoadScan(ImageStep):
    """Read and validate a scan, and bring its intensities to 0 outside and above 0 inside.

    A path, a nibabel image or a (1, X, Y, Z) `MetaTensor` becomes a (1, X, Y, Z) float32 `MetaTensor` in the
    file's own order. Its meta entry ``intensity_form`` says in words what was done to its numbers: "" for nothing.
    A `MetaTensor` keeps its device and the trace of what was done to it before.
    """

    measures: ClassVar[tuple[str, ...]] = ("intensity_form",)

    def apply(self, image: Any, what: str) -> MetaTensor:
        """Read it.

        Raises:
            ScanError: see `read_scan` and `intensity_form`.
        """
        scan = _loaded(image, what)
        affine, name = affine_of(scan), name_of(scan, what)
        volume, words = zeroed(array_of(scan), affine, name)
        loaded = image_of(volume, affine, like=scan) if words else scan
        loaded.meta["intensity_form"] = words
        return loaded


class LoadScand(ScanTransform):
    """`LoadScan` on each key; leaves ``intensity_form`` in the dictionary.

    Args:
        keys: the entries that it works on.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, LoadScan(), allow_missing_keys)


def _loaded(scan: Any, what: str) -> MetaTensor:
    if is_path(scan):
        volume, affine = read_scan(scan)
        return image_of(volume, affine, name=os.fspath(scan))
    if isinstance(scan, MetaTensor):
        name, affine = name_of(scan, what), affine_of(scan)
        check_geometry(tuple(one_channel(scan, name).shape[1:]), affine, name)
        volume = scan_numbers(array_of(scan), name).astype(np.float32, copy=False)
        check_values(volume, name)
        return image_of(volume, affine, like=scan)
    if isinstance(scan, nib.spatialimages.SpatialImage):
        name, affine = str(scan.get_filename() or what), np.asarray(scan.affine, float)
        voxels = nibabel_volume(scan, name)
        volume = np.array(voxels, np.float32).reshape(check_geometry(scan.shape, affine, name))
        check_values(volume, name)
        return image_of(volume, affine, name=name)
    raise ScanError(f"{what}: expected a path, a MetaTensor or a nibabel image, found {type(scan).__name__}")
