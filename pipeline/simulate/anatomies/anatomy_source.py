"""Scans into anatomies on disk: in parallel, resumable, every scan that cannot be used named at once."""

import csv
import io
import json
import logging
import multiprocessing
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch

from brainaging.pipeline.runtime import UserError, counted, file_sha256, source_sha256, write_text
from brainaging.pipeline.simulate.anatomies import anatomy_of_scan
from brainaging.pipeline.simulate.anatomies.anatomy_files import RECORD, KeptAnatomies, write_anatomy
from brainaging.pipeline.simulate.anatomies.phantom import TEMPLATE
from brainaging.pipeline.simulate.anatomies.placed_scan import AnatomyScan
from brainaging.transforms import ScanError

log = logging.getLogger(__name__)
FEWEST = 2
"""Anatomies: with one nobody could be held out whose brain nobody learned from."""
EXCLUDED = "excluded.csv"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""Of an anatomy: its folder's."""


@dataclass(frozen=True)
class AnatomySource:
    """The scans that people are made from.

    Attributes:
        scans: by distinct names.
        hashes: SHA-256 of each scan by name.
        skip_bad: set scans aside that cannot be used.
    """

    scans: tuple[AnatomyScan, ...]
    hashes: Mapping[str, str]
    skip_bad: bool = False

    @classmethod
    def of(cls, scans: Sequence[AnatomyScan], skip_bad: bool = False) -> "AnatomySource":
        """Read the scans' files.

        Raises:
            UserError: fewer than two scans; two of one name, or a name that no folder should have; files that
                cannot be read, all named at once.
        """
        check_enough(len(scans))
        names = [scan.name for scan in scans]
        if odd := sorted({n for n in names if names.count(n) > 1 or not NAME.fullmatch(n) or n == TEMPLATE}):
            raise UserError(
                f"anatomies: expected distinct names of letters, digits, _ and -, found {', '.join(odd)}"
            )
        hashes, problems = {}, []
        for scan in scans:
            try:
                hashes[scan.name] = file_sha256(scan.path)
            except OSError as error:
                problems.append((scan.name, f"{scan.path}: {error.strerror}"))
        if problems and not skip_bad:
            raise _refused(problems, len(scans))
        kept = tuple(scan for scan in scans if scan.name in hashes)
        check_enough(len(kept))
        return cls(kept, hashes, skip_bad)


def kept_anatomies(folder: Path, source: AnatomySource) -> KeptAnatomies:
    """Return those of a source's anatomies that are finished in ``folder``."""
    return KeptAnatomies(folder, list(source.hashes))


def build_anatomies(source: AnatomySource, folder: Path, workers: int) -> KeptAnatomies:
    """Return the anatomies of a source in ``folder``; those that are there from the same scan are kept.

    Args:
        source: the scans.
        folder: gets a folder an anatomy, and ``excluded.csv`` where scans are set aside.
        workers: processes.

    Raises:
        UserError: scans that cannot be used, all named at once; fewer than two that can.
    """
    scans, hashes = source.scans, source.hashes
    code = source_sha256(anatomy_of_scan.__name__)
    sources = {
        scan.name: {"scan": scan.path.name, "sha256": hashes[scan.name], "space": scan.space, "code": code}
        for scan in scans
    }
    missing = [scan for scan in scans if not _kept(folder / scan.name, sources[scan.name])]
    problems: list[tuple[str, str]] = []
    built = _outcomes(missing, [sources[scan.name] for scan in missing], folder, workers)
    for name, reason in counted(built, "making anatomies of scans", len(scans), done=len(scans) - len(missing)):
        if reason:
            problems.append((name, reason))
    if problems and not source.skip_bad:
        raise _refused(problems, len(scans))
    anatomies = kept_anatomies(folder, source)
    check_enough(len(anatomies))
    if problems:
        log.warning("%d of %d scans are set aside: see %s", len(problems), len(scans), folder / EXCLUDED)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([("anatomy", "reason"), *problems])
        write_text(folder / EXCLUDED, text.getvalue())
    return anatomies


def _refused(problems: Sequence[tuple[str, str]], count: int) -> UserError:
    lines = "".join(f"\n  {name}: {reason}" for name, reason in problems)
    few = f"{len(problems)} of {count} scans"
    return UserError(f"anatomies: {few} cannot be used (skip-bad sets them aside){lines}")


def check_enough(count: int) -> None:
    """Raise UserError for fewer anatomies than two."""
    if count < FEWEST:
        raise UserError(
            f"anatomies: expected at least {FEWEST} scans, found {count}: people of one brain cannot be held out "
            "from each other"
        )


def _kept(folder: Path, source: Mapping[str, str]) -> bool:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all(record.get(key) == value for key, value in source.items())


def _build(scan: AnatomyScan, source: Mapping[str, str], folder: Path) -> tuple[str, str]:
    """Make one anatomy; return its name, and why there is none, "" where there is."""
    # what was made of another scan, or by other code, is none until it is whole again
    (folder / scan.name / RECORD).unlink(missing_ok=True)
    try:
        anatomy = anatomy_of_scan.anatomy_of(scan)
    except ScanError as error:
        return scan.name, " ".join(str(error).split())
    write_anatomy(folder / scan.name, anatomy, source)
    return scan.name, ""


def _outcomes(
    scans: Sequence[AnatomyScan], sources: Sequence[Mapping[str, str]], folder: Path, workers: int
) -> Iterator[tuple[str, str]]:
    folders = [folder] * len(scans)
    if workers == 1 or len(scans) < 2:
        yield from map(_build, scans, sources, folders)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool:
        yield from pool.map(_build, scans, sources, folders)


def _one_thread() -> None:
    torch.set_num_threads(1)
