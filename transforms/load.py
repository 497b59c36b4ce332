"""Read a scan fast, and refuse with one clear line what is no usable T1w volume.

The header is read first and the size it promises is held against the file, so that nothing is allocated for a lie.
What is zipped goes through isal's gzip, about twice as fast as Python's. `brainaging cohort` reads the header and
`prepare` and `edit` the whole by the same code, so that what one accepts the others do.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from brainaging.transforms.checks.scan_file import (
    GZIP_MAGIC,
    check_is_here,
    fill,
    foreign,
    form_of,
    opened,
    read_to_the_checksum,
)
from brainaging.transforms.scan_errors import ScanError

MAX_BYTES = 4 * 2**30
"""No head at 0.3 mm needs more; a header that asks for more is wrong."""
DEFLATE_RATIO = 1032
"""deflate cannot shrink by more (RFC 1951: 258 bytes from two bits)."""
MIN_VOXELS = 8
"""Fewer along an axis are a slab, not a head: the coarsest clinical T1w has some 20 slices."""
ROUNDED = 1e-3
"""A quaternion that is longer than 1 by less was rounded when it was written, and is made one again."""
HEADER_BYTES = 544  # NIfTI-2's with its flag of extensions; NIfTI-1 takes 352, MGH 284

Header = nib.Nifti1Header | nib.Nifti2Header
_NIFTI = (nib.Nifti1Header, nib.Nifti2Header)


@dataclass(frozen=True)
class ScanHeader:
    """What a scan's header says of its voxels.

    Attributes:
        shape: (X, Y, Z).
        affine: (4, 4) float64, voxel index → RAS+ mm.
        dtype: of the voxels on disk.
        offset: bytes before them, unzipped.
        slope: their factor.
        inter: what is added then.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray
    dtype: np.dtype
    offset: int
    slope: float = 1.0
    inter: float = 0.0

    @property
    def promised(self) -> int:
        """Bytes of header and voxels, unzipped."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize


def read_scan(path: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """Read and validate one T1w volume.

    Args:
        path: a `.nii`, `.nii.gz` or `.mgz` file.

    Returns:
        The volume, (X, Y, Z) float32 in the file's order, scaled as its header says and writable; and its affine,
        (4, 4) float64, voxel index → RAS+ mm.

    Raises:
        ScanError: one line that names the file, what was expected and what came.
    """
    volume, affine = read_voxels(path)
    check_values(volume, path)
    return volume, affine


def read_voxels(path: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """Read any volume of real numbers, such as a label map: :func:`read_scan` without its look at the values.

    Raises:
        ScanError: the file is no scan's, or not whole.
    """
    path = Path(path)
    form = form_of(path)
    try:
        check_is_here(path)
        with opened(path) as stream:
            head = bytearray(HEADER_BYTES)
            head = head[: fill(stream, memoryview(head))]
            header = _header(path, form, bytes(head))
            # Straight into one writable array: torch wants writable memory, and a copy would cost as much again.
            data = np.empty(header.promised, np.uint8)
            start = min(len(head), len(data))
            data[:start] = np.frombuffer(head, np.uint8)[:start]
            filled = start + fill(stream, data[start:].data)
            if filled == header.promised:
                read_to_the_checksum(stream)
    except OSError as error:
        raise ScanError(f"{path}: expected a scan that can be read, found: {error.strerror}") from error
    if filled < header.promised:
        raise ScanError(f"{path}: expected {header.promised:,} bytes, found {filled:,}: the file is truncated")
    count = math.prod(header.shape)
    voxels = np.frombuffer(data, header.dtype, count=count, offset=header.offset).reshape(header.shape, order="F")
    volume = voxels.astype(np.float32, order="F", copy=False)
    if header.slope != 1 or header.inter != 0:
        volume = volume * np.float32(header.slope) + np.float32(header.inter)
    return volume, header.affine


def read_scan_header(path: str | os.PathLike[str]) -> ScanHeader:
    """Read and validate a scan's header alone: all that :func:`read_scan` can refuse without the voxels.

    Raises:
        ScanError: as :func:`read_scan`.
    """
    path = Path(path)
    form = form_of(path)
    try:
        check_is_here(path)
        with opened(path) as stream:
            head = bytearray(HEADER_BYTES)
            return _header(path, form, bytes(head[: fill(stream, memoryview(head))]))
    except OSError as error:
        raise ScanError(f"{path}: expected a scan that can be read, found: {error.strerror}") from error


def check_values(volume: np.ndarray, what: object) -> None:
    """Refuse a volume without a finite, varying signal.

    Args:
        volume: (X, Y, Z) float32.
        what: whose it is, for the message.

    Raises:
        ScanError: NaN or infinite voxels, all zero, or one value everywhere.
    """
    # One pass over the sum finds NaN and infinity without a mask as large as the scan.
    if not np.isfinite(volume.sum()) and (bad := int(np.count_nonzero(~np.isfinite(volume)))):
        raise ScanError(f"{what}: expected finite intensities, found {bad} NaN or infinite voxels")
    # Most scans settle this on a coarse lattice.
    for part in (volume[::4, ::4, ::4], volume):
        if part.min() < part.max():
            return
    value = float(volume.flat[0])
    content = "all voxels zero" if value == 0 else f"every voxel {value:g}"
    raise ScanError(f"{what}: expected an image, found {content}")


def check_geometry(shape: tuple[int, ...], affine: np.ndarray, what: object) -> tuple[int, int, int]:
    """Refuse a shape or an affine that no head scan has.

    Args:
        shape: the array's shape.
        affine: (4, 4) voxel index → mm.
        what: whose it is, for the message.

    Returns:
        (X, Y, Z); trailing axes of length 1 are dropped.

    Raises:
        ScanError: not three axes, an axis too short, a singular affine, or voxels outside 0.1…10 mm.
    """
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3:
        raise ScanError(f"{what}: expected 3 axes (one T1w volume), found {len(shape)}: {_times(shape)}")
    if min(shape) < MIN_VOXELS:
        raise ScanError(f"{what}: expected at least {MIN_VOXELS} voxels along each axis, found {_times(shape)}")
    if affine.shape != (4, 4):
        raise ScanError(f"{what}: expected an affine of shape (4, 4), found {affine.shape}")
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    finite = bool(np.isfinite(affine).all())
    if not finite or abs(np.linalg.det(affine[:3, :3])) < 1e-3 * max(float(np.prod(sizes)), 1e-9):
        raise ScanError(f"{what}: expected an affine that can be inverted, found a singular one")
    if sizes.min() < 0.1 or sizes.max() > 10:
        voxels = " × ".join(f"{size:.3g}" for size in sizes)
        raise ScanError(f"{what}: expected voxels of 0.1 to 10 mm, found {voxels} mm (are the units mm?)")
    return shape[0], shape[1], shape[2]


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(str(n) for n in shape)


def _check_size(path: Path, promised: int, capacity: int) -> None:
    """Refuse before anything is allocated."""
    if promised > capacity:
        raise ScanError(
            f"{path}: expected the {promised:,} bytes that its header promises, "
            f"found a file of {path.stat().st_size:,} bytes that cannot hold them (truncated, or a wrong header)"
        )
    if promised > MAX_BYTES:
        gib = promised / 2**30
        raise ScanError(f"{path}: expected at most {MAX_BYTES / 2**30:.0f} GiB of voxels, found {gib:.1f}")


def _header(path: Path, form: str, head: bytes) -> ScanHeader:
    """Return a header from the first bytes of an unzipped file, held against the size of the file."""
    if what := foreign(head):
        raise ScanError(f"{path}: expected a scan, found {what}")
    header = _nifti_header(path, head) if form == "nifti" else _mgh_header(path, head)
    size = path.stat().st_size
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP_MAGIC
    _check_size(path, header.promised, size * DEFLATE_RATIO if zipped else size)
    return header


def _nifti_header(path: Path, head: bytes) -> ScanHeader:
    header = _parsed_nifti(path, head)
    axes = int(header["dim"][0])
    if not 1 <= axes <= 7:
        raise ScanError(f"{path}: expected 1 to 7 axes in its header, found {axes}")
    affine = _nifti_affine(path, header)
    shape = check_geometry(tuple(int(n) for n in header["dim"][1 : axes + 1]), affine, path)
    if header["qform_code"] == 0 and header["sform_code"] == 0:
        raise ScanError(f"{path}: expected an orientation, found sform_code and qform_code 0: left is unknown")
    try:
        dtype = header.get_data_dtype()
    except (HeaderDataError, KeyError) as error:
        code = int(header["datatype"])
        raise ScanError(f"{path}: expected a NIfTI data type, found the unknown code {code}") from error
    if dtype.kind not in "iuf":
        raise ScanError(f"{path}: expected real numbers, found voxels of type {dtype}")
    start, slope, inter = (float(header[name]) for name in ("vox_offset", "scl_slope", "scl_inter"))
    if not math.isfinite(start):
        raise ScanError(f"{path}: expected the place of its voxels (vox_offset), found {start:g}")
    if slope == 0 or not math.isfinite(slope):  # the standard's "not scaled"
        slope, inter = 1.0, 0.0
    if not math.isfinite(inter):
        raise ScanError(f"{path}: expected a finite scaling, found scl_slope {slope:g} and scl_inter {inter:g}")
    return ScanHeader(shape, affine, dtype, max(int(start), header.single_vox_offset), slope, inter)


def _parsed_nifti(path: Path, head: bytes) -> Header:
    for cls in _NIFTI:
        if len(head) >= cls.template_dtype.itemsize and cls.may_contain_header(head):
            return cls(head[: cls.template_dtype.itemsize], check=False)
    raise ScanError(f"{path}: expected a NIfTI header, found {len(head)} bytes that are none")


def _nifti_affine(path: Path, header: Header) -> np.ndarray:
    """Return the affine of sform or qform, read as the standard's own library does."""
    header["pixdim"][1:4] = np.abs(header["pixdim"][1:4])  # the sign is the affine's
    turn = [float(header[f"quatern_{axis}"]) for axis in "bcd"]
    norm = math.hypot(*turn)
    if 1 < norm < 1 + ROUNDED:
        for axis, value in zip("bcd", turn, strict=True):
            header[f"quatern_{axis}"] = value / norm * (1 - 1e-7)
    try:
        return np.asarray(header.get_best_affine(), float)
    except (HeaderDataError, ValueError) as error:
        found = ", ".join(f"{value:.4g}" for value in turn)
        raise ScanError(
            f"{path}: expected a rotation in its qform (a quaternion b, c, d of length 1 or less), found {found}"
        ) from error


def _mgh_header(path: Path, head: bytes) -> ScanHeader:
    cls = nib.freesurfer.mghformat.MGHHeader
    start = 284  # bytes before the voxels; what the type holds beyond them stands behind the voxels
    if len(head) < start or int.from_bytes(head[:4], "big") != 1:
        nifti = any(cls.may_contain_header(head) for cls in _NIFTI)
        found = "a NIfTI file" if nifti else f"{len(head)} bytes that are none"
        raise ScanError(f"{path}: expected a header of FreeSurfer's .mgz, found {found}")
    header = cls(head[:start].ljust(cls.template_dtype.itemsize, b"\0"), check=False)
    shape = check_geometry(tuple(int(n) for n in header["dims"]), np.asarray(header.get_affine(), float), path)
    try:
        dtype = header.get_data_dtype()
    except KeyError as error:
        code = int(header["type"])
        raise ScanError(
            f"{path}: expected a data type of FreeSurfer's .mgz, found the unknown code {code}"
        ) from error
    return ScanHeader(shape, np.asarray(header.get_affine(), float), dtype, start)
