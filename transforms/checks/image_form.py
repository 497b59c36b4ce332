"""What may be given as an image: real numbers, one volume, an affine that says where it lies."""

from typing import Any

import nibabel as nib
import numpy as np
import torch

from brainaging.transforms.scan_errors import ScanError

_WORDS = {"c": "complex numbers", "V": "a structured type (RGB?)", "O": "objects", "U": "text", "S": "text"}


def real_array(array: Any, what: object, axes: int | None = 3, *, finite: bool = False) -> np.ndarray:
    """Return an image as an array, and refuse what is none: nothing is cast or dropped in silence.

    Args:
        array: a NumPy array, a tensor, or what becomes an array.
        what: whose it is, for the message.
        axes: how many it must have; None for any.
        finite: whether NaN and infinity are refused.

    Raises:
        ScanError: other than real numbers, another number of axes, no voxel, NaN.
    """
    values = np.asarray(
        array.detach().as_subclass(torch.Tensor).cpu() if isinstance(array, torch.Tensor) else array
    )
    if values.dtype.kind not in "biuf":
        found = _WORDS.get(values.dtype.kind, f"type {values.dtype}")
        raise ScanError(f"{what}: expected real numbers, found {found}")
    if axes is not None and values.ndim != axes:
        raise ScanError(f"{what}: expected {axes} axes (one volume), found {values.ndim}: shape {values.shape}")
    if not values.size:
        raise ScanError(f"{what}: expected voxels, found none: shape {values.shape}")
    if finite and not np.isfinite(values.sum(dtype=float)):
        raise ScanError(f"{what}: expected finite intensities, found NaN or infinite voxels")
    return values


def good_affine(affine: Any, what: object) -> np.ndarray:
    """Return an affine (4, 4) float64 that can be inverted.

    Raises:
        ScanError: another shape, NaN, or a singular matrix.
    """
    matrix = np.asarray(affine, float)
    if matrix.shape != (4, 4):
        raise ScanError(f"{what}: expected an affine of shape (4, 4), found {matrix.shape}")
    if not np.isfinite(matrix).all() or np.linalg.matrix_rank(matrix[:3, :3]) < 3:
        raise ScanError(f"{what}: expected an affine that can be inverted, found a singular one")
    return matrix


def one_channel(image: Any, what: object) -> torch.Tensor:
    """Return a tensor (1, X, Y, Z) of real numbers as it is.

    Raises:
        ScanError: no tensor, another number of axes or channels, complex numbers.
    """
    return _channels(image, what, "one channel, (1, X, Y, Z)", several=False)


def several_channels(image: Any, what: object) -> torch.Tensor:
    """Return a tensor (C, X, Y, Z) of real numbers as it is.

    Raises:
        ScanError: no tensor, another number of axes, no channel, complex numbers.
    """
    return _channels(image, what, "channels first, (C, X, Y, Z)", several=True)


def _channels(image: Any, what: object, expected: str, several: bool) -> torch.Tensor:
    if not isinstance(image, torch.Tensor):
        raise ScanError(f"{what}: expected a tensor {expected[-12:]}, found {type(image).__name__}")
    shape = tuple(image.shape)
    if image.ndim != 4 or not shape[0] or (shape[0] > 1 and not several):
        found = f"{shape[0]} channels" if image.ndim == 4 else f"{image.ndim} axes"
        raise ScanError(f"{what}: expected {expected}, found {found}: shape {shape}")
    if image.is_complex():
        raise ScanError(f"{what}: expected real numbers, found complex numbers")
    return image


def nibabel_volume(image: nib.spatialimages.SpatialImage, what: object) -> np.ndarray:
    """Return the voxels of a nibabel image, of any number of axes.

    Raises:
        ScanError: no orientation (Analyze), or other than real numbers.
    """
    analyze = isinstance(image, nib.analyze.AnalyzeImage)
    unsaid = (
        isinstance(image, nib.Nifti1Pair) and not image.header["qform_code"] and not image.header["sform_code"]
    )
    if unsaid or (analyze and not isinstance(image, nib.Nifti1Pair)):
        raise ScanError(
            f"{what}: expected an orientation, found {type(image).__name__} without one: left is unknown"
        )
    return scan_numbers(np.asanyarray(image.dataobj), what)


def scan_numbers(values: np.ndarray, what: object) -> np.ndarray:
    """Return a scan's intensities; a mask of True and False is none.

    Raises:
        ScanError: see `real_array`, and bool.
    """
    if values.dtype.kind == "b":
        raise ScanError(f"{what}: expected intensities, found a mask of True and False")
    return real_array(values, what, None)
