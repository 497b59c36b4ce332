"""Who prepares scans: this process, or spawned ones with one thread each; of clusters see ``cluster``."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import SimpleITK as sitk
import torch
from threadpoolctl import threadpool_limits

from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.data.recipe import Chain, Recipe
from brainaging.pipeline.data.scan import Job, Outcome, prepare_scan
from brainaging.pipeline.runtime import UserError


def prepared_scans(recipe: Recipe, jobs: list[Job], workers: int) -> Iterator[Outcome]:
    """Yield outcomes as scans are done, by ``workers`` processes (1: in this one).

    Raises:
        UserError: a worker process died, or the recipe has an option that no chain has.
    """
    worker = Worker(recipe)
    for space in sorted({job.space for job in jobs}):
        worker.chain(space)  # an option that no chain has is refused here once, not by every scan
    if workers <= 1:
        threads = one_itk_thread()
        try:
            yield from map(worker, jobs)
        finally:
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
        return
    # spawn, not fork: torch and ITK have threads by now, which a forked child would wait for in vain
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
        initargs=(recipe, os.getpid()),
    )
    try:
        for future in as_completed([pool.submit(run_job, job) for job in jobs]):
            yield future.result()
    except BrokenProcessPool as error:
        raise UserError(
            f"{jobs[0].volume.parent.parent}: a worker process died (out of memory?): run again with fewer "
            "workers; finished scans are kept"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Worker:
    """Prepares scans in one process, building each space's chain once."""

    current: "Worker | None" = None

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.chains: dict[Space, Chain] = {}

    def chain(self, space: Space) -> Chain:
        """Return the chain for scans in ``space``; UserError: an option that no chain has, or a missing extra."""
        if space not in self.chains:
            try:
                self.chains[space] = self.recipe.factory(self.recipe, space)
            except (ValueError, ImportError) as error:
                raise UserError(str(error)) from error
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


@contextmanager
def one_thread() -> Iterator[None]:
    """Give torch, ITK and BLAS one thread each inside the block, and back what they had."""
    torch_threads, itk_threads = torch.get_num_threads(), one_itk_thread()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(torch_threads)
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(itk_threads)


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
