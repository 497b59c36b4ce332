"""What a worker of a cluster does: one scan at a time, in one thread, by the very code that the client has."""

import platform
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.data.recipe import Recipe
from brainaging.pipeline.data.scan import Job, Outcome, prepare_scan, source_key
from brainaging.pipeline.data.workers import Worker, one_thread
from brainaging.pipeline.runtime import UserError, source_sha256

#: packages whose arithmetic or compression is in a volume's bytes
DECIDING = ("torch", "monai", "SimpleITK", "nibabel", "numpy", "scipy", "isal")
#: threads of a worker's process share ITK's and torch's settings, so that one scan at a time is prepared in it
_alone = threading.Lock()


class WithdrawnError(Exception):
    """Who asked for a scan is gone or has stopped: it is not written, since the folder may be another's now."""


@dataclass(frozen=True)
class Terms:
    """What a worker must have in common with the client.

    Attributes:
        versions: name and version, or hash of the source, of everything that decides a volume's bytes.
        token: a file of the client's in the folder of records; gone where the work is not wanted any more.
        image, space, key: a scan, and its :func:`source_key` as the client sees it.
    """

    versions: tuple[tuple[str, str], ...]
    token: Path
    image: str
    space: Space
    key: str


def versions(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Return name and version, or hash of the source, of what decides the bytes of a volume by ``recipe``."""
    ours = recipe.as_dict()
    code = source_sha256(__name__)
    return (
        ("brain-aging", str(ours["version"])),
        ("source code of the chain", str(ours["code"])[:12]),
        ("source code of preparing", code[:12]),
        *((name, _version(name)) for name in DECIDING),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


@lru_cache(maxsize=2)
def objection(recipe: Recipe, terms: Terms) -> str:
    """Return in what this process differs from the client's, in one line, or "" for nothing."""
    for (name, expected), (_, found) in zip(terms.versions, versions(recipe), strict=True):
        if found != expected:
            return f"expected {name} {expected}, as here, found {found}"
    folder = terms.token.parent
    try:
        seen = terms.token.read_text(encoding="utf-8")
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".tmp-"):
            pass
    except OSError as error:
        return f"expected {folder} on a file system that both share, and may write to, found: {error.strerror}"
    if seen != terms.token.name:
        return f"expected {folder} on a file system that both share, found another folder of that name"
    try:
        key = source_key(terms.image, terms.space)
    except OSError as error:
        return f"expected the scans on a file system that both share, found {terms.image}: {error.strerror}"
    if key != terms.key:
        return f"expected the scans on a file system that both share, found another {terms.image}"
    return ""


@lru_cache(maxsize=2)
def _worker(recipe: Recipe) -> Worker:
    return Worker(recipe)


def prepare_remotely(recipe: Recipe, terms: Terms, job: Job) -> Outcome:
    """Prepare one scan in a worker's process (see :func:`prepare_scan`), as one process alone would.

    Raises:
        UserError: this process cannot give the same bytes, or not put them where they belong.
        WithdrawnError: nobody wants the scan any more.
    """
    with _alone, one_thread():
        if found := objection(recipe, terms):
            raise UserError(f"the worker on {platform.node()}: {found}")
        _check_wanted(terms.token)
        chain = _worker(recipe).chain(job.space)

        def wanted(data: dict[str, Any]) -> Mapping[str, Any]:
            placed = chain(data)
            _check_wanted(terms.token)  # what comes next is written
            return placed

        return prepare_scan(job, recipe, wanted)


def _check_wanted(token: Path) -> None:
    try:
        token.open("rb").close()  # opened, not asked for: a network's file system looks again then
    except FileNotFoundError as error:
        raise WithdrawnError(token.name) from error
