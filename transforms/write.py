"""Write volumes that lie on a grid: as NIfTI with the grid's fingerprint, or back in a scan's own voxels."""

import os
import re
from pathlib import Path

import nibabel as nib
import numpy as np
from isal import igzip
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from brainaging.transforms.checks.image_form import real_array
from brainaging.transforms.checks.scan_file import DAMAGED, GZIP_MAGIC
from brainaging.transforms.grid import GridSpec, check_fingerprint, get_grid
from brainaging.transforms.load import read_scan
from brainaging.transforms.placing import resample
from brainaging.transforms.registration import Registration
from brainaging.transforms.scan_errors import GridMismatchError, ScanError


def to_native(
    volume: np.ndarray,
    grid: str | GridSpec,
    scan: str | os.PathLike[str] | tuple[np.ndarray, tuple[int, int, int]],
    registration: Registration | None = None,
) -> np.ndarray:
    """Bring a volume on a grid into a scan's own voxels: the inverse of placing.

    Args:
        volume: (X, Y, Z) on the grid.
        grid: the grid, or its name.
        scan: the scan's path, or its affine (4, 4) and shape.
        registration: how the scan was registered, when it was.

    Returns:
        float32 of the scan's shape; 0 outside the grid.

    Raises:
        GridMismatchError: the volume's shape is not the grid's.
    """
    grid = get_grid(grid)
    _check_shape(real_array(volume, "to_native"), grid, "the volume")
    if isinstance(scan, tuple):
        affine, shape = scan
    else:
        own, affine = read_scan(scan)
        shape = (own.shape[0], own.shape[1], own.shape[2])
    if registration is not None:
        affine = registration.affine @ affine
    return resample(volume, grid.affine, affine, shape)


def save_nifti(volume: np.ndarray, grid: str | GridSpec, path: str | os.PathLike[str]) -> Path:
    """Write a volume on a grid as float32 NIfTI: the grid's affine in MNI152 mm, its fingerprint in ``descrip``.

    Args:
        volume: (X, Y, Z) on the grid, or (1, X, Y, Z).
        grid: the grid, or its name.
        path: `.nii` or `.nii.gz`.

    Returns:
        The path.

    Raises:
        GridMismatchError: the volume's shape is not the grid's.
        ScanError: other than real numbers.
        ValueError: the fingerprint is longer than the header's 79 bytes.
    """
    grid = get_grid(grid)
    volume = np.asarray(real_array(volume, path, None), np.float32)
    volume = volume[0] if volume.ndim == 4 and len(volume) == 1 else volume
    _check_shape(volume, grid, str(path))
    image = nib.Nifti1Image(volume, grid.affine)
    image.set_sform(grid.affine, code="mni")
    image.set_qform(grid.affine, code="mni")
    image.header.set_xyzt_units("mm")
    fingerprint = grid.fingerprint.encode()
    if len(fingerprint) > 79:
        raise ValueError(f"{path}: expected a fingerprint of at most 79 bytes, found {len(fingerprint)}")
    image.header["descrip"] = fingerprint
    nib.save(image, path)
    return Path(path)


def load_grid_nifti(path: str | os.PathLike[str], grid: str | GridSpec) -> np.ndarray:
    """Read what `save_nifti` wrote, and check that it lies on the grid.

    Args:
        path: the file.
        grid: the grid that it should lie on, or its name.

    Returns:
        `grid.shape` float32.

    Raises:
        GridMismatchError: another fingerprint, or none, or another shape.
        ScanError: the file is cut short, damaged or no NIfTI file, or holds NaN or infinite voxels.
        FileNotFoundError: no such file.
    """
    grid = get_grid(grid)
    raw = Path(path).read_bytes()
    try:
        # the whole stream, so that its checksum is looked at
        image = nib.Nifti1Image.from_bytes(igzip.decompress(raw) if raw[:2] == GZIP_MAGIC else raw)
        volume = np.asarray(image.dataobj, np.float32)
    except (*DAMAGED, ImageFileError, HeaderDataError, WrapStructError, OSError, ValueError) as error:
        raise ScanError(
            f"{path}: expected a whole volume on a grid, found a damaged file: prepare again"
        ) from error
    descrip = bytes(image.header["descrip"]).rstrip(b"\0")
    check_fingerprint(grid, descrip.decode(errors="replace"), str(path))
    _check_shape(volume, grid, str(path))
    if not np.isfinite(volume.sum()) and (bad := int(np.count_nonzero(~np.isfinite(volume)))):
        raise ScanError(f"{path}: expected finite intensities, found {bad} NaN or infinite voxels: prepare again")
    return volume


def is_on_a_grid(path: str | os.PathLike[str]) -> bool:
    """Say whether a file's header carries the fingerprint of one of our grids; its voxels are not read."""
    try:
        with Path(path).open("rb") as raw:
            zipped = raw.read(2) == GZIP_MAGIC
        with igzip.open(path) if zipped else Path(path).open("rb") as stream:
            header = nib.Nifti1Header.from_fileobj(stream)
    except (*DAMAGED, HeaderDataError, WrapStructError, OSError, ValueError):
        return False
    descrip = bytes(header["descrip"]).rstrip(b"\0").decode(errors="replace")
    return re.fullmatch(r".+-[0-9a-f]{8}", descrip) is not None


def _check_shape(volume: np.ndarray, grid: GridSpec, what: str) -> None:
    if tuple(volume.shape) != grid.shape:
        raise GridMismatchError(
            f"{what}: expected {grid.shape} of grid {grid.fingerprint}, found {tuple(volume.shape)}"
        )
