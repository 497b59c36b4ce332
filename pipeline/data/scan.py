"""One scan prepared: through the chain, onto the disk whole or not at all, with a record that proves it."""

import errno
import hashlib
import json
import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
from threadpoolctl import threadpool_limits

from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.data.recipe import Chain, Recipe
from brainaging.pipeline.runtime import UserError, atomic_output, file_sha256, write_json
from brainaging.transforms import save_nifti

COVARIATES = ("head_size", "template_dice")
_FULL = (errno.ENOSPC, errno.EDQUOT)
#: what a scan can be blamed for; any other exception is a bug, and is shown as one
_SCAN_ERRORS = (ValueError, RuntimeError, OSError)


class DiskFullError(UserError):
    """The disk is full: nothing is wrong with the scans, and what is finished is kept."""


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
    """What became of a job: ``problem`` is one line, or "" where volume and record are on disk."""

    number: int
    seconds: float
    problem: str = ""


def source_key(image: str, space: str) -> str:
    """Return a hash that changes with the scan's path, size, time of change (ns) or space; raises OSError."""
    stat = Path(image).stat()
    return hashlib.sha256(repr((image, stat.st_size, stat.st_mtime_ns, space)).encode()).hexdigest()


def is_disk_full(error: BaseException) -> bool:
    """Say whether a full disk or a used-up quota is behind ``error``."""
    return any(isinstance(e, OSError) and e.errno in _FULL for e in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


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
        record = {"key": key, "bytes": job.volume.stat().st_size, "sha256": file_sha256(job.volume)}
        covariates = {name: float(data.get(name, math.nan)) for name in COVARIATES}
        write_json(job.record, record | {name: None if math.isnan(v) else v for name, v in covariates.items()})
    except _SCAN_ERRORS as error:
        if is_disk_full(error):
            raise DiskFullError("no space left on the disk") from error
        root = _root(error)
        if not isinstance(root, _SCAN_ERRORS):
            raise
        line = " ".join(str(root).split())
        if Path(job.image).name not in line:
            line = f"{job.image}: {line or type(root).__name__}"
        return Outcome(job.number, time.perf_counter() - begun, line)
    return Outcome(job.number, time.perf_counter() - begun)


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


class Worker:
    """Prepares scans in one process, building each space's chain once."""

    current: "Worker | None" = None

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.chains: dict[Space, Chain] = {}

    def chain(self, space: Space) -> Chain:
        """Return the chain for scans in ``space``."""
        if space not in self.chains:
            self.chains[space] = self.recipe.factory(self.recipe, space)
        return self.chains[space]

    def __call__(self, job: Job) -> Outcome:
        """Prepare one scan (see :func:`prepare_scan`)."""
        return prepare_scan(job, self.recipe, self.chain(job.space))


def one_itk_thread() -> int:
    """Give ITK one thread and return how many it had.

    Its registration sums in the threads' order, so that more than one would make a volume depend on the machine.
    """
    before = int(sitk.ProcessObject.GetGlobalDefaultNumberOfThreads())
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    return before


def start_worker(recipe: Recipe, parent: int) -> None:
    """Make this process a worker of ``parent``: one thread, Ctrl-C left to the parent, and gone with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    threadpool_limits(1)
    one_itk_thread()
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    Worker.current = Worker(recipe)


def _leave_with(parent: int) -> None:
    # a parent that was killed cannot tell its workers, who would wait for work for ever
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def run_job(job: Job) -> Outcome:
    """Prepare one scan in a worker process that :func:`start_worker` started."""
    if Worker.current is None:
        raise RuntimeError("run_job: start_worker has not run in this process")
    return Worker.current(job)
