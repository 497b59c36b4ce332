"""Read a label map: whole numbers in a scan's own voxels."""

import os
from typing import Any

import nibabel as nib
import numpy as np
import torch
from monai.config import KeysCollection
from monai.data import MetaTensor

from brainaging.transforms.checks.image_form import nibabel_volume, real_array
from brainaging.transforms.load import check_geometry, read_voxels
from brainaging.transforms.scan_errors import ScanError
from brainaging.transforms.steps.images import affine_of, channels_of, image_of, is_path, name_of
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform


class LoadLabelMap(ImageStep):
    """Read and validate a label map: a path, a nibabel image or a (C, X, Y, Z) `MetaTensor` becomes int32.

    A map may be empty, and of one label; several channels (one a structure) are kept.
    """

    def apply(self, image: Any, what: str) -> MetaTensor:
        """Read it.

        Raises:
            ScanError: no file that can be read, other than whole numbers, a shape or affine that no scan has.
        """
        if is_path(image):
            voxels, affine = read_voxels(image)
            return image_of(_labels(voxels, image), affine, name=os.fspath(image))
        if isinstance(image, MetaTensor):
            name, affine = name_of(image, what), affine_of(image)
            channels = channels_of(image, what)
            check_geometry(tuple(channels.shape[1:]), affine, name)
            return image_of(torch.from_numpy(_labels(channels.cpu().numpy(), name)), affine, like=image)
        if isinstance(image, nib.spatialimages.SpatialImage):
            name, affine = str(image.get_filename() or what), np.asarray(image.affine, float)
            voxels = nibabel_volume(image, name)
            shape = check_geometry(image.shape, affine, name)
            return image_of(_labels(voxels, name).reshape(shape), affine, name=name)
        raise ScanError(f"{what}: expected a path, a MetaTensor or a nibabel image, found {type(image).__name__}")


class LoadLabelMapd(ScanTransform):
    """`LoadLabelMap` on each key.

    Args:
        keys: the entries that it works on.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, LoadLabelMap(), allow_missing_keys)


def _labels(values: np.ndarray, what: object) -> np.ndarray:
    """Return labels as int32; ScanError for anything but whole numbers."""
    numbers = real_array(values, what, None, finite=True)
    labels = numbers.astype(np.int32)
    if not np.array_equal(labels, numbers):
        wrong = numbers[labels != numbers].ravel()[0]
        raise ScanError(f"{what}: expected a label map of whole numbers, found {wrong:.6g}")
    return labels
