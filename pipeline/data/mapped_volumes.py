"""Volumes of many people in one file, which is mapped into memory: read as they are used, and never all held."""

import json
import logging
from pathlib import Path

import numpy as np

from brainaging.pipeline.data.prepared import Prepared
from brainaging.pipeline.runtime import atomic_output, counted, text_sha256

log = logging.getLogger(__name__)
#: bytes of volumes that are held in memory; what is more is mapped. The study's 1,113 people fit at 2 mm.
#: Sensitivity: none of the numbers; a mapped volume is read from disk again once others have pushed it out
HELD_BYTES = 2**32


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


def _named(prepared: Prepared) -> str:
    """Return 16 hexadecimal digits that other volumes do not have."""
    states = [file.stat() for file in prepared.files]
    files = [(state.st_size, state.st_mtime_ns) for state in states]
    names = prepared.table["file"].tolist()
    return text_sha256(json.dumps([prepared.cohort.digest, prepared.fingerprint, names, files]))[:16]
