"""Schedulers with workers: two in this process, or each in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster

from brainaging.pipeline.data.scan import Job


def _two_workers() -> LocalCluster:
    return LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=":0"
    )


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """Return the address of a scheduler with two workers of one thread, all in this process."""
    with _two_workers() as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def impatient() -> Iterator[LocalCluster]:
    """Return a cluster of two workers in this process that gives up at once what a worker died of."""
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), _two_workers() as cluster:
        yield cluster


@pytest.fixture
def lose_worker() -> Callable[[LocalCluster, int], None]:
    """Return what cuts a worker of a cluster off, as its death would: (cluster, which)."""

    def lose(cluster: LocalCluster, which: int) -> None:
        cluster.loop.add_callback(cluster.workers[which].batched_stream.comm.abort)

    return lose


@pytest.fixture
def jobs(tmp_path: Path, scan: Callable) -> list[Job]:
    """Return six jobs of scans that are there, with folders to write to."""
    (tmp_path / "images").mkdir()
    (tmp_path / "records").mkdir()
    return [
        Job(
            number,
            str(scan(tmp_path / "scans" / f"{number}.nii.gz", number)),
            "template",
            tmp_path / "images" / f"{number:06d}.nii.gz",
            tmp_path / "records" / f"{number:06d}.json",
        )
        for number in range(6)
    ]


@contextmanager
def _started(words: list[str], log: Path, says: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """Start a module of Dask's; yield the process and what its log says by ``says``."""
    with log.open("wb") as handle:
        process = subprocess.Popen([sys.executable, "-m", *words], stderr=handle, start_new_session=True)
        try:
            until = time.monotonic() + 120
            while (found := re.search(says, log.read_text())) is None:
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.02)
            yield process, found[1]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def lone_scheduler(tmp_path: Path) -> Iterator[tuple[subprocess.Popen, str]]:
    """Return a scheduler in a process of its own, which has no code of ours, and its address."""
    words = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    with _started(words, tmp_path / "scheduler.log", r"Scheduler at:\s+(tcp://\S+)") as started:
        yield started


@pytest.fixture
def add_worker(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen]]:
    """Return what starts a worker process of one thread, without a nanny who would start it again: (address)."""
    with ExitStack() as stack:

        def add(address: str) -> subprocess.Popen:
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
            log = tmp_path / f"worker{len(list(tmp_path.glob('worker*.log')))}.log"
            words = ["distributed.cli.dask_worker", address, *options]
            return stack.enter_context(_started(words, log, "Registered to: +(tcp)"))[0]

        yield add
