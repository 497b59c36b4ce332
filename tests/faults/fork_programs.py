"""Runs programs in forks of one process that has imported the package, each in surroundings of its own.

A line on stdin is one job as JSON: ``argv`` (a script's path and its words), ``cwd``, ``environment``, files for
``stdout`` and ``stderr``, ``timeout`` in seconds, and what the surroundings do: ``kill_after`` (seconds until
SIGKILL of the whole group), ``limits`` (names of ``resource.RLIMIT_*``), ``mounts`` (tmpfs: place and options, in
a mount namespace of its own, with files to copy in afterwards), ``user`` (a numeric id to become), ``gone`` (the
working directory is removed first). The answer is a line: exit code (negative: the signal) and seconds.

It runs under the Python of the checkout that is tried, and imports everything of its package that can be imported:
what a command imports late costs nothing in a fork.
"""

import codecs
import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import resource
import runpy
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

CLONE_NEWNS = 0x00020000
MS_PRIVATE_RECURSIVE = (1 << 18) | (1 << 14)


def main() -> None:
    """Import, then run what stdin says until it ends."""
    sys.path.pop(0)  # this file's folder: its modules are nobody's to import
    if sys.argv[1:] != ["bare"]:
        _import_all()
    gc.freeze()  # or every fork would copy all that was imported, to look for garbage in it
    print("ready", flush=True)
    while line := sys.stdin.readline():
        job = json.loads(line)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            _become(job)
            return
        code = _waited(child, job, begun)
        print(json.dumps([code, round(time.monotonic() - begun, 3)]), flush=True)


def _import_all() -> None:
    for name in ("utf-8-sig", "utf-16", "latin-1", "ascii", "cp437", "idna"):
        codecs.lookup(name)  # as another user it may be that nobody can be imported any more
    for name in ("monai.bundle", "nibabel", "scipy.stats", "matplotlib"):
        importlib.import_module(name)
    for root in ("brainaging.transforms", "brainaging.networks", "brainaging.pipeline"):
        package = importlib.import_module(root)
        for found in pkgutil.walk_packages(package.__path__, root + "."):
            with contextlib.suppress(ImportError):  # an extra that is not installed
                importlib.import_module(found.name)


def _waited(child: int, job: dict[str, Any], begun: float) -> int:
    """Return the exit code; the whole group is killed when its time is over, or when its moment has come."""
    end = begun + min(job.get("kill_after") or 1e9, job["timeout"])
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # workers that outlived it
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            end = float("inf")
        time.sleep(0.004)


def _become(job: dict[str, Any]) -> None:
    os.setsid()
    os.environ.update(job["environment"])
    for path, options, *files in job.get("mounts", []):
        _mount(path, options, files)
    os.chdir(job["cwd"])
    if job.get("gone"):
        shutil.rmtree(job["cwd"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    opened = (os.open(os.devnull, os.O_RDONLY), os.open(job["stdout"], flags), os.open(job["stderr"], flags))
    for number, handle in enumerate(opened):
        os.dup2(handle, number)
        os.close(handle)
    for name, value in job.get("limits", {}).items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
        if name == "FSIZE":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error of the write, as a full disk is
    if job.get("user"):
        os.setgroups([])
        os.setgid(job["user"])
        os.setuid(job["user"])
    # as Python does at its start
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    sys.stdout = open(1, "w", encoding=encoding, errors=errors or "strict", closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding=encoding, errors="backslashreplace", closefd=False, buffering=1
    )
    sys.argv = job["argv"]
    runpy.run_path(sys.argv[0], run_name="__main__")


def _mount(path: str, options: str, files: list[list[str]]) -> None:
    """Mount a tmpfs that this process alone sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    for code in (
        libc.unshare(CLONE_NEWNS),
        libc.mount(b"none", b"/", None, MS_PRIVATE_RECURSIVE, None),
        libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, options.encode()),
    ):
        if code:
            raise OSError(ctypes.get_errno(), f"this machine lets nobody mount: {path}")
    for source, target in files:
        (shutil.copytree if Path(source).is_dir() else shutil.copy)(source, target)


if __name__ == "__main__":
    main()
