"""A Dask scheduler at an address: reached or refused in one line, with workers that can do the work."""

import asyncio
import logging
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from brainaging.pipeline.data.cluster.remote_scan import Terms, objection
from brainaging.pipeline.data.recipe import Recipe
from brainaging.pipeline.runtime import UserError

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)
#: seconds within which a scheduler must answer; Dask's own 30 are for clusters that start with the client
ANSWERS_S = 10
#: loggers by which Dask tells in tracebacks what is raised here in one line
_TALKATIVE = ("distributed", "distributed.client")


def dask() -> Any:
    """Return the package ``distributed``; UserError where it is not installed."""
    try:
        import distributed  # noqa: PLC0415 - an extra that few have

        return distributed
    except ModuleNotFoundError as error:
        raise UserError(
            f"--scheduler needs the package {error.name}: pip install -c constraints.txt -e '.[dask]'"
        ) from error


@contextmanager
def connected(address: str) -> Iterator["Client"]:
    """Yield a client of the scheduler at ``address``, such as ``tcp://host:8786``, and close it.

    Raises:
        UserError: Dask is not installed, ``address`` is none, or no scheduler answers there.
    """
    distributed = dask()
    with _quiet():
        try:
            with ThreadPoolExecutor(1) as thread:  # where a notebook's own loop runs, another may not
                thread.submit(asyncio.run, _answers(address)).result()
            client = distributed.Client(address, timeout=ANSWERS_S, set_as_default=False)
        except ValueError as error:
            raise UserError(
                f"--scheduler {address}: expected an address as tcp://host:8786, found: {error}"
            ) from error
        except OSError as error:
            raise UserError(
                f"--scheduler {address}: expected a Dask scheduler there (`dask scheduler` prints its address), "
                f"found none that answers within {ANSWERS_S} s"
            ) from error
        try:
            yield client
        finally:
            client.close(timeout=ANSWERS_S)


async def _answers(address: str) -> None:
    """Raise OSError or ValueError where no scheduler answers; a client that fails leaves threads that complain."""
    distributed = dask()
    secured = distributed.Security().get_connection_args("client")  # Dask's configuration may name certificates
    comm = await asyncio.wait_for(distributed.comm.connect(address, timeout=ANSWERS_S, **secured), ANSWERS_S)
    await comm.close()


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def sealed(function: Callable[..., Any], *args: Any) -> tuple[Callable[[bytes], Any], bytes]:
    """Return what does ``function(*args)`` on a worker, and what it is to be given.

    A scheduler opens what it hands on, and would need this package and ten seconds of imports to do so. A function
    within a function is sent as its code and not as its name, and bytes are opened by nobody but the worker; it
    raises ImportError where it has no such function.
    """

    def opened(content: bytes) -> Any:
        try:
            function, args = pickle.loads(content)
        except AttributeError as error:  # a module of another version
            raise ImportError(str(error)) from error
        return function(*args)

    return opened, pickle.dumps((function, args))


def check_workers(client: "Client", address: str, recipe: Recipe, terms: Terms) -> None:
    """Wait for the first worker, and refuse those that cannot do the work; who comes later checks itself.

    Raises:
        UserError: a worker has no brain-aging, another one, or does not see the files.
    """
    if not client.nthreads():
        log.warning("%s: no worker yet: waiting for the first", address)
        client.wait_for_workers(1)
    opened, content = sealed(objection, recipe, terms)

    async def asked(content: bytes) -> Any:
        return await asyncio.to_thread(opened, content)  # a worker that imports for long answers others meanwhile

    for worker, found in client.run(asked, content, on_error="return").items():
        if isinstance(found, ImportError):
            found = no_such_code(found, terms)
        elif isinstance(found, Exception):
            raise found
        if found:
            raise UserError(f"--scheduler {address}: worker {worker}: {found}")
    threads = client.nthreads().values()
    if several := sum(count > 1 for count in threads):
        log.warning(
            "%d of %d workers have several threads: each prepares one scan at a time; `dask worker --nworkers N "
            "--nthreads 1` starts one for each core",
            several,
            len(threads),
        )


def no_such_code(error: ImportError, terms: Terms) -> str:
    """Return the objection to a worker that cannot import what it is to do."""
    return f"expected brain-aging {dict(terms.versions)['brain-aging']}, as here, found: {error}"
