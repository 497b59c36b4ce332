"""Volumes of many people in files that are mapped into memory: read as they are used, and never all held."""

import json
import logging
import struct
import zipfile
from pathlib import Path

import numpy as np

from brainaging.pipeline.data.prepared import Prepared
from brainaging.pipeline.runtime import atomic_output, counted, text_sha256

log = logging.getLogger(__name__)
#: bytes of volumes that are held in memory; what is more is mapped. The study's 1,113 people fit at 2 mm.
#: Sensitivity: none of the numbers; a mapped volume is read from disk again once others have pushed it out
HELD_BYTES = 2**32
#: bytes of one array of an archive that are held: of several folds each has one
HELD_ENTRY = 2**29


def held_or_mapped(prepared: Prepared, folder: Path) -> np.ndarray:
    """Return the volumes (n, X, Y, Z) float32: in memory, or of more than :data:`HELD_BYTES` mapped from a file.

    The file lies in ``folder``, as large as all volumes together, and is named after the cohort, the grid, and the
    volumes' sizes and times: a later run maps it again, and one of other volumes takes its place. It is mapped for
    copying on write, so that who changes an array changes no file.

    Raises:
        GridMismatchError: a volume is of another grid.
        OSError: the disk is full; no half of a file stays.
    """
    shape = (len(prepared), *prepared.grid.shape)
    if 4 * int(np.prod(shape)) <= HELD_BYTES:
        return prepared.volumes()
    path = folder / f"volumes-{_named(prepared)}.npy"
    if not path.is_file():
        for other in folder.glob(f"volumes-{'[0-9a-f]' * 16}.npy"):
            other.unlink()
        log.info("putting %d volumes into one file (%.1f GB): %s", len(prepared), 4e-9 * np.prod(shape), path)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        with atomic_output(path) as temporary, temporary.open("wb") as stream:
            np.lib.format.write_array_header_2_0(stream, header)
            read = prepared.each_volume(range(len(prepared)))
            for volume in counted(read, "reading scans", len(prepared), announce=False):
                # not through a map: on a full disk a write fails in words, a map kills the process
                stream.write(np.ascontiguousarray(volume, dtype="<f4").data)
    mapped: np.ndarray = np.load(path, mmap_mode="c")
    return mapped


def archived(path: Path, name: str) -> np.ndarray:
    """Return an array of an archive that ``np.savez`` wrote: in memory, or of more than :data:`HELD_ENTRY` mapped.

    Such an archive holds its arrays as they are, one after another (PKWARE's APPNOTE, 4.3.7: a local header of 30
    bytes, a name and an extra field come first).
    """
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(f"{name}.npy")
    if entry.file_size <= HELD_ENTRY or entry.compress_type != zipfile.ZIP_STORED:
        with np.load(path) as stored:
            held: np.ndarray = stored[name]
        return held
    with path.open("rb") as stream:
        stream.seek(entry.header_offset)
        named, extra = struct.unpack("<26x2H", stream.read(30))
        stream.seek(named + extra, 1)
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream)
        return np.memmap(path, dtype, "c", stream.tell(), shape, "F" if fortran else "C")


def _named(prepared: Prepared) -> str:
    """Return 16 hexadecimal digits that other volumes do not have."""
    states = [file.stat() for file in prepared.files]
    files = [(state.st_size, state.st_mtime_ns) for state in states]
    names = prepared.table["file"].tolist()
    return text_sha256(json.dumps([prepared.cohort.digest, prepared.fingerprint, names, files]))[:16]
