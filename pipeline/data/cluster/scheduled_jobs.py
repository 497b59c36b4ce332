"""Jobs handed to a scheduler, a window at a time, and what became of each."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from brainaging.pipeline.data.cluster.remote_scan import Terms, prepare_remotely, versions
from brainaging.pipeline.data.cluster.scheduler import check_workers, connected, dask, no_such_code, sealed
from brainaging.pipeline.data.recipe import Recipe
from brainaging.pipeline.data.scan import Job, Outcome, read_record, source_key
from brainaging.pipeline.runtime import UserError

if TYPE_CHECKING:
    from distributed import Client, Future

#: jobs that the scheduler knows at a time. Sensitivity: none on what is written; enough for as many workers
WINDOW = 1000
#: how often a scan is handed in again that Dask gave up because its workers died, each time `allowed-failures` + 1
#: of them: a scheduler may allow none, and a scan that waited in a dying worker is blamed too
HANDED_IN_AGAIN = 3
#: seconds until a network's file system must show what a worker wrote; NFS looks again after at most 60
SEEN_S = 90.0


def scheduled_scans(recipe: Recipe, jobs: list[Job], address: str) -> Iterator[Outcome]:
    """Yield outcomes as scans are done by the workers of the Dask scheduler at ``address``.

    Closing the iterator cancels what is handed in; a scan that a worker is at is not written any more.

    Raises:
        UserError: no scheduler, workers of another version or without the files, a scan that workers die of.
        DiskFullError: a worker's disk is full.
    """
    if not jobs:
        return
    jobs = [Job(job.number, job.image, job.space, _absolute(job.volume), _absolute(job.record)) for job in jobs]
    with connected(address) as client, _token(jobs[0].record.parent) as token:
        first = jobs[0]
        key = source_key(first.image, first.space)
        terms = Terms(versions(recipe), token, first.image, first.space, key)
        check_workers(client, address, recipe, terms)
        window = _Window(client, recipe, terms)
        try:
            yield from window.outcomes(jobs)
        except (OSError, CancelledError) as error:
            raise UserError(
                f"--scheduler {address}: the scheduler is gone; finished scans are kept: run again to go on"
            ) from error
        finally:
            token.unlink(missing_ok=True)
            window.cancel()


def _absolute(path: Path) -> Path:
    return path.absolute()  # a worker stands in another folder


@contextlib.contextmanager
def _token(folder: Path) -> Iterator[Path]:
    """Yield a file in ``folder`` that says that the work is wanted; a next run removes one of a killed run."""
    token = folder / f".tmp-wanted-{secrets.token_hex(8)}"
    token.write_text(token.name, encoding="utf-8")
    try:
        yield token
    finally:
        token.unlink(missing_ok=True)


class _Window:
    """The jobs that are handed in."""

    def __init__(self, client: "Client", recipe: Recipe, terms: Terms) -> None:
        self.client, self.recipe, self.terms = client, recipe, terms
        self.running: dict[Future, tuple[Job, int]] = {}

    def hand_in(self, job: Job, again: int = 0) -> "Future":
        """Hand in a job, for the ``again``-th time after the first."""
        future = self.client.submit(
            *sealed(prepare_remotely, self.recipe, self.terms, job),
            key=f"prepare_scan-{self.terms.token.name[-16:]}-{job.number:06d}-{again}",
            pure=False,
        )
        self.running[future] = (job, again)
        return future

    def outcomes(self, jobs: list[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job, in no order, once its files are seen here."""
        distributed, left = dask(), iter(jobs)
        done = distributed.as_completed([self.hand_in(job) for job in islice(left, WINDOW)], loop=self.client.loop)
        unseen: list[tuple[Job, Outcome]] = []
        for future in done:
            job, again = self.running.pop(future)
            try:
                outcome = future.result()
            except distributed.scheduler.KilledWorker as error:
                if again == HANDED_IN_AGAIN:
                    raise UserError(
                        f"{job.image}: workers died of it again and again (out of memory?), the last one at "
                        f"{error.last_worker.address}; finished scans are kept"
                    ) from error
                done.add(self.hand_in(job, again + 1))
                continue
            except ImportError as error:  # a worker that came later
                raise UserError(f"a worker: {no_such_code(error, self.terms)}") from error
            future.release()
            for following in islice(left, 1):
                done.add(self.hand_in(following))
            if outcome.problem or _is_seen(job):
                yield outcome
            else:
                unseen.append((job, outcome))
        yield from _seen_late(unseen)

    def cancel(self) -> None:
        """Take back what is handed in, where the scheduler still listens."""
        with contextlib.suppress(Exception):
            self.client.cancel(list(self.running), force=True)


def _is_seen(job: Job) -> bool:
    return read_record(job.record, job.volume, verify=False) is not None


def _seen_late(outcomes: list[tuple[Job, Outcome]]) -> Iterator[Outcome]:
    """Yield outcomes once their files are seen: a file system may show late what another machine wrote."""
    until = time.monotonic() + SEEN_S
    for job, outcome in outcomes:
        while not _is_seen(job):
            if time.monotonic() > until:
                raise UserError(
                    f"{job.record}: a worker wrote it, and it is not seen here after {SEEN_S:.0f} s: expected a "
                    "file system that both share; run again"
                )
            time.sleep(0.5)
        yield outcome
