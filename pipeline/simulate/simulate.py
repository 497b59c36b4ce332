"""Simulate a cohort onto disk: in parallel, resumable, the same bytes for the same seed."""

import math
import multiprocessing
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from brainaging.pipeline.runtime import UserError, counted, text_sha256, write_json
from brainaging.pipeline.simulate import hcp_layout as layout
from brainaging.pipeline.simulate.anatomies import (
    TEMPLATE,
    Anatomy,
    AnatomySource,
    KeptAnatomies,
    build_anatomies,
    kept_anatomies,
    template_anatomy,
)
from brainaging.pipeline.simulate.causes import Cause, draw_causes
from brainaging.pipeline.simulate.freesurfer_table import freesurfer_row, planted_rows
from brainaging.pipeline.simulate.longitudinal import bids_layout
from brainaging.pipeline.simulate.longitudinal.visit_schedule import sessions_of
from brainaging.pipeline.simulate.render import Renderer
from brainaging.pipeline.simulate.scenario import Scenario, load_scenario

RECORD = Path(layout.TRUTH) / "simulation.json"
LOCK = ".lock"
ANATOMIES = layout.ANATOMIES
MADE_FROM = "made_from"
"""Key of the record: the anatomies that could be used."""
WORK = Path(layout.TRUTH) / ".rows"
"""Finished scans' rows, until the tables are whole."""


@dataclass(frozen=True)
class _Job:
    """What a worker needs to simulate scans by itself."""

    out: Path
    scenario: Scenario
    seed: int
    spacing: float
    source: AnatomySource | None = None

    @property
    def anatomies(self) -> KeptAnatomies | None:
        """The finished anatomies on disk; None where everybody has the template's."""
        folder = self.out / layout.TRUTH / ANATOMIES
        return None if self.source is None else kept_anatomies(folder, self.source)


_renderers: dict[tuple[str, str, int, float], Renderer] = {}


def scan_causes(
    scenario: Scenario, seed: int, subjects: int | None = None, anatomies: Mapping[str, Anatomy] | None = None
) -> list[Cause]:
    """Return the causes of every scan of a cohort: one a subject, or one a session where people are followed.

    ``anatomies`` as :class:`Renderer` takes them.
    """
    causes = draw_causes(scenario, seed, subjects, (TEMPLATE,) if anatomies is None else list(anatomies))
    if scenario.sessions is None:
        return causes
    return [scan for cause in causes for scan in sessions_of(cause, scenario, scenario.sessions, seed)]


def _scan_path(out: Path, cause: Cause) -> Path:
    return layout.scan_path(out, cause.subject) if cause.visit is None else bids_layout.scan_path(out, cause)


def _row_path(out: Path, cause: Cause) -> Path:
    session = "" if cause.visit is None else f"_{cause.visit.session}"
    return out / WORK / f"{cause.subject}{session}.json"


def _simulate_scan(job: _Job, cause: Cause) -> None:
    """Write one scan: the image first, its row last, so that a row means a whole scan."""
    key = (str(job.out), str(job.scenario.as_dict()), job.seed, job.spacing)
    if key not in _renderers:
        _renderers.clear()
        _renderers[key] = Renderer(job.scenario, job.seed, job.spacing, anatomies=job.anatomies)
    rendered = _renderers[key].render(cause)
    layout.write_image(_scan_path(job.out, cause), rendered)
    truth = {**rendered.volumes, "smallest_jacobian": rendered.smallest_jacobian}
    row = {"causes": layout.cause_row(cause, truth)}
    if cause.visit is None:
        measures = freesurfer_row(job.scenario, job.seed, cause, rendered.volumes)
        row = {"unrestricted": layout.unrestricted_row(cause, measures), **row}
    write_json(_row_path(job.out, cause), row)


def _start_worker() -> None:
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()

    def leave() -> None:
        # a parent that is killed outright cannot stop its workers
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=leave, daemon=True).start()


def _simulate_scans(job: _Job, causes: list[Cause], workers: int) -> Iterator[None]:
    if workers == 1:
        for cause in causes:
            _simulate_scan(job, cause)
            yield
        return
    # a worker makes an anatomy ready once, for all its people
    chunk = 4 if job.source is None else max(4, math.ceil(len(causes) / len({one.anatomy for one in causes})))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker) as pool:
        yield from pool.map(_simulate_scan, [job] * len(causes), causes, chunksize=chunk)


def _begin(out: Path, record: dict[str, Any]) -> bool:
    """Check that ``out`` is empty or holds this very cohort; return whether its tables are already whole."""
    earlier = layout.read_json(out / RECORD)
    if earlier is None:
        if out.exists() and not out.is_dir():
            raise UserError(f"{out}: expected a folder, found a file")
        if out.is_dir() and any(path.name not in (LOCK, "run.log") for path in out.iterdir()):
            raise UserError(f"{out}: expected an empty folder or a simulated cohort to continue")
        return False
    if earlier.get(ANATOMIES) != record.get(ANATOMIES):
        raise UserError(f"{out}: holds a simulated cohort of other anatomies; give another folder")
    different = [name for name, value in record.items() if name != "versions" and earlier.get(name) != value]
    if different:
        difference = ", ".join(f"{name} {earlier.get(name)!r} instead of {record[name]!r}" for name in different)
        raise UserError(f"{out}: holds another simulated cohort ({difference}); give another folder")
    return bool(earlier["complete"])


def simulate(
    out: str | Path,
    scenario: str | Path | Scenario = "hcp-ya",
    subjects: int | None = None,
    seed: int = 0,
    spacing: float = 2.0,
    workers: int = 1,
    sessions: int | None = None,
    anatomies: AnatomySource | None = None,
) -> Path:
    """Simulate a cohort and return its folder: in HCP's layout, or, of people followed over time, in BIDS.

    Parameters: ``out`` a folder, new, empty or with this same cohort unfinished (finished scans are kept);
    ``scenario`` a shipped name, a YAML file or a scenario; ``subjects`` how many, the scenario's number by
    default; ``seed``; ``spacing`` of the scans in mm (0.7 gives HCP's 260 × 311 × 260); ``workers`` processes,
    which change nothing in the files; ``sessions`` how often each person is scanned, as the scenario says by
    default (1: HCP's layout, as if the scenario said nothing of sessions); ``anatomies`` the scans that people are
    made from, the template where there are none.

    Raises :class:`UserError` for what the user can mend, FoldedWarpError where amplitudes are too large for a
    diffeomorphism.
    """
    out = Path(out)
    if workers < 1:
        raise UserError(f"workers: expected at least 1, got {workers}")
    if not 0.5 <= spacing <= 12:
        raise UserError(f"spacing: expected 0.5 to 12 mm, got {spacing}")
    scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    if sessions is not None:
        scenario = scenario.with_sessions(sessions)
    count = scenario.subjects if subjects is None else subjects
    if count < 1:
        raise UserError(f"subjects: expected at least 1, got {count}")
    if scenario.anatomies is not None and anatomies is None:
        raise UserError(
            f"{scenario.name}: its people are made from scans ({scenario.anatomies}), which `brainaging simulate` "
            "and `brainaging score` read; none were given"
        )
    record = {
        "scenario": scenario.name,
        "scenario_sha256": text_sha256(str(scenario.as_dict())),
        "subjects": count,
        "seed": seed,
        "spacing": float(spacing),
        "versions": {name: version(name) for name in ("brain-aging", "nilearn", "numpy", "scipy", "torch")},
    }
    if anatomies is not None:
        record[ANATOMIES] = dict(anatomies.hashes)
    job = _Job(out, scenario, seed, float(spacing), anatomies)
    if not _whole(job, record):
        out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(out / LOCK, timeout=0):
                _go_on(job, record, workers)
        except Timeout as error:
            raise UserError(f"{out}: another `simulate` is at work in this folder: wait for its end") from error
    # where a kill came between the last file and this
    shutil.rmtree(out / WORK, ignore_errors=True)
    return out


def _causes(job: _Job, record: Mapping[str, Any]) -> list[Cause]:
    return scan_causes(job.scenario, job.seed, int(record["subjects"]), job.anatomies)


def anatomies_of(out: Path, record: Mapping[str, Any]) -> KeptAnatomies | None:
    """Return the anatomies that a finished cohort was made from, by its simulation.json; None without scans.

    Raises:
        UserError: one of them is not there any more.
    """
    if ANATOMIES not in record:
        return None
    kept = KeptAnatomies(out / layout.TRUTH / ANATOMIES, record[MADE_FROM])
    if gone := sorted(set(record[MADE_FROM]) - set(kept)):
        raise UserError(f"{kept.folder}: expected the anatomies of the cohort, found none of {', '.join(gone)}")
    return kept


def _whole(job: _Job, record: dict[str, Any]) -> bool:
    """Check that the folder may be used; return whether this very cohort is there and whole."""
    return _begin(job.out, record) and all(_scan_path(job.out, cause).is_file() for cause in _causes(job, record))


def _go_on(job: _Job, record: dict[str, Any], workers: int) -> None:
    """Simulate who is missing, and write the tables; nobody else is at work in the folder."""
    out = job.out
    if _whole(job, record):  # another process has ended meanwhile
        return
    write_json(out / RECORD, {**record, "complete": False})
    for stale in out.rglob(".tmp-*"):
        # what a kill cut off in the middle of a file
        stale.unlink(missing_ok=True)
    if job.source is not None:
        build_anatomies(job.source, out / layout.TRUTH / ANATOMIES, workers)
    causes = _causes(job, record)
    missing = [cause for cause in causes if not _finished(out, cause)]
    missing.sort(key=lambda cause: cause.anatomy)
    what = f"simulating {'people' if job.scenario.sessions is None else 'sessions'} of {job.scenario.name}"
    done = len(causes) - len(missing)
    for _ in counted(_simulate_scans(job, missing, workers), what, len(causes), done=done):
        pass
    _finish(job, causes, record)


def _finished(out: Path, cause: Cause) -> bool:
    return layout.read_json(_row_path(out, cause)) is not None and _scan_path(out, cause).is_file()


def _finish(job: _Job, causes: list[Cause], record: dict[str, Any]) -> None:
    """Write the tables and the truth."""
    out = job.out
    rows = [layout.read_json(_row_path(out, cause)) for cause in causes]
    if job.scenario.sessions is None:
        layout.write_csv(out / layout.UNRESTRICTED, [row["unrestricted"] for row in rows])
        layout.write_csv(out / layout.RESTRICTED, layout.restricted_rows(causes, job.seed))
        layout.write_csv(out / layout.TRUTH / "causes.csv", [row["causes"] for row in rows])
        layout.write_csv(out / layout.TRUTH / "table_effects.csv", planted_rows(job.scenario))
    else:
        bids_layout.write_tables(out, job.scenario, causes, [row["causes"] for row in rows])
    anatomies = {TEMPLATE: template_anatomy()} if job.anatomies is None else job.anatomies
    for anatomy in {cause.anatomy: None for cause in causes}:
        layout.write_effect_maps(out, job.scenario, anatomies[anatomy])
    layout.write_recipe(out, job.scenario)
    made_from = {} if job.anatomies is None else {MADE_FROM: list(anatomies)}
    write_json(out / RECORD, {**record, **made_from, "complete": True})
