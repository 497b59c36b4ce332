"""One scan prepared: through the chain, onto the disk whole or not at all, with a record that proves it."""

import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.data.disk_full import DiskFullError, is_disk_full
from brainaging.pipeline.data.recipe import Chain, Recipe
from brainaging.pipeline.runtime import atomic_output, file_sha256, write_json
from brainaging.transforms import save_nifti

COVARIATES = ("head_size", "template_dice")
#: what was done to a scan, in words; "" for nothing: its orientation mended (``LAS→LPS``), its intensities shifted
ORIENTATION = "orientation"
REMARKS = (ORIENTATION, "intensity_form")
#: what a scan can be blamed for; any other exception is a bug, and is shown as one
_SCAN_ERRORS = (ValueError, RuntimeError, OSError)


@dataclass(frozen=True)
class Job:
    """One scan to prepare: where it lies, in which space, and what its volume and record will be called."""

    number: int
    image: str
    space: Space
    volume: Path
    record: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a job: ``problem`` is one line, or "" where its files are; ``remarks`` on it."""

    number: int
    seconds: float
    problem: str = ""
    remarks: str = ""


def source_key(image: str, space: str) -> str:
    """Return a hash that changes with the scan's path, size, time of change (ns) or space; raises OSError."""
    stat = Path(image).stat()
    return hashlib.sha256(repr((image, stat.st_size, stat.st_mtime_ns, space)).encode()).hexdigest()


def _root(error: Exception) -> BaseException:
    """Return what MONAI's "applying transform …" wraps, or ``error`` itself."""
    inner: BaseException = error
    while inner.__cause__ is not None and str(inner).startswith("applying transform"):
        inner = inner.__cause__
    return inner


def prepare_scan(job: Job, recipe: Recipe, chain: Chain) -> Outcome:
    """Prepare one scan: volume first, then its record, each atomically; a volume without record counts for none.

    A scan that cannot be used gives an outcome with a problem. Raises :class:`DiskFullError`; and whatever is a
    bug of ours as it is.
    """
    begun = time.perf_counter()
    try:
        key = source_key(job.image, job.space)
        data = chain({"image": job.image})
        volume = np.asarray(data["image"], dtype=np.float32)
        if volume.shape != (1, *recipe.grid.shape) or not np.isfinite(volume).all():
            raise ValueError(f"{job.image}: the chain gave shape {volume.shape}, or values that are not finite")
        with atomic_output(job.volume) as temporary:
            save_nifti(volume[0], recipe.grid, temporary)
        if source_key(job.image, job.space) != key:
            raise ValueError(f"{job.image}: the file changed while it was read")
        record: dict[str, object] = {
            "key": key,
            "bytes": job.volume.stat().st_size,
            "sha256": file_sha256(job.volume),
        }
        covariates = {name: float(data.get(name, math.nan)) for name in COVARIATES}
        remarks = {name: str(data.get(name, "")) for name in REMARKS}
        record |= {name: None if math.isnan(v) else v for name, v in covariates.items()}
        write_json(job.record, record | remarks)
    except _SCAN_ERRORS as error:
        if is_disk_full(error):
            raise DiskFullError("no space left on the disk") from error
        root = _root(error)
        if not isinstance(root, _SCAN_ERRORS):
            raise
        line = " ".join(str(getattr(root, "strerror", None) or root).split())
        if Path(job.image).name not in line:
            line = f"{job.image}: {line or type(root).__name__}"
        return Outcome(job.number, time.perf_counter() - begun, line)
    return Outcome(job.number, time.perf_counter() - begun, remarks=remarks["intensity_form"])


def read_record(record: Path, volume: Path, verify: bool = True) -> dict[str, object] | None:
    """Return a record whose volume is on disk as it was written (by SHA-256 where ``verify``), else None."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        whole = volume.stat().st_size == content["bytes"]
        if whole and (not verify or file_sha256(volume) == content["sha256"]):
            return dict(content)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None
