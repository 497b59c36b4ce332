"""One run of preparing: which scans are left to do, doing them, and the table of what is whole."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cluster import scheduled_scans
from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.problems import Problems
from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.data.prepared import FORMAT
from brainaging.pipeline.data.recipe import Recipe
from brainaging.pipeline.data.scan import (
    COVARIATES,
    ORIENTATION,
    REMARKS,
    Job,
    Outcome,
    read_record,
    source_key,
)
from brainaging.pipeline.data.splits import split_names
from brainaging.pipeline.data.workers import prepared_scans
from brainaging.pipeline.runtime import counted, provenance, write_json


def description(cohort: Cohort, recipe: Recipe, seed: int, complete: bool) -> dict[str, Any]:
    """Return the content of prepared.json."""
    return {
        "format": FORMAT,
        "complete": complete,
        "grid": recipe.grid_dict(),
        "fingerprint": recipe.grid.fingerprint,
        "recipe": recipe.as_dict(),
        "cohort": {"name": cohort.name, "n": len(cohort), "digest": cohort.digest},
        "provenance": provenance(seed),
    }


class Preparation:
    """One call of :func:`prepare`, the folder being ours alone."""

    def __init__(self, cohort: Cohort, recipe: Recipe, out: Path, progress: bool) -> None:
        self.cohort, self.recipe, self.out, self.progress = cohort, recipe, out, progress
        self.problems = Problems()

    def log(self, line: str) -> None:
        """Append a line to prepare.log; a log that cannot be written stops nobody."""
        with contextlib.suppress(OSError), (self.out / "prepare.log").open("a", encoding="utf-8") as handle:
            handle.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')} {line}\n")

    def paths(self, number: int) -> tuple[Path, Path]:
        """Return where volume and record of a running number stand."""
        return self.out / "images" / f"{number:06d}.nii.gz", self.out / "records" / f"{number:06d}.json"

    def prepare(self, workers: int | str, skip_bad: bool, seed: int) -> None:
        """Do what is left to do, then write the table; raises with every bad scan unless ``skip_bad``."""
        jobs = self.plan()
        left = {job.number: job for job in jobs.values() if read_record(job.record, job.volume, False) is None}
        by = f"the workers of {workers}" if isinstance(workers, str) else f"{workers} workers"
        self.log(
            f"{self.cohort.name}: {len(self.cohort)} scans on {self.recipe.grid.fingerprint}, {len(left)} to "
            f"prepare, {by}"
        )
        rows = {job.number: row for row, job in jobs.items()}
        for outcome in self.outcomes(list(left.values()), workers):
            if outcome.problem:
                row = rows[outcome.number]
                self.problem(row, outcome.problem)
            else:
                remarks = f": {outcome.remarks}" if outcome.remarks else ""
                self.log(f"{outcome.number:06d} prepared in {outcome.seconds:.1f} s{remarks}")
        if self.problems and not skip_bad:
            self.log(f"stopped: {len(self.problems)} bad scans")
            kept = len(self.cohort) - len(self.problems)
            self.problems.raise_if_any(str(self.out), f"{kept} scans are prepared and kept; skip-bad goes on")
        self.finish(jobs, seed)

    def problem(self, row: int, reason: str) -> None:
        """Keep and log what is wrong with the scan in ``row`` of the cohort."""
        subject, session = (str(cell) for cell in self.cohort.table.loc[row, ["subject", "session"]])
        self.problems.add(subject, f"scan {row}" + (f" ({session})" if session else ""), reason)
        self.log(f"bad scan: {list(self.problems)[-1]}")

    def plan(self) -> dict[int, Job]:
        """Return a job for each row whose scan exists: finished scans keep their number, others get a free one."""
        known: dict[str, int] = {}
        for record in sorted((self.out / "records").glob("[0-9]*.json")):
            number = int(record.stem)
            content = read_record(record, self.paths(number)[0])
            # a mended scan is kept only where mending is asked for
            if content is None or (content.get(ORIENTATION) and self.recipe.orientation != "fix"):
                record.unlink()
            else:
                known.setdefault(str(content["key"]), number)
        numbers: dict[int, int | None] = {}
        for row, (image, space) in enumerate(self.cohort.table[["image", "space"]].itertuples(index=False)):
            try:
                numbers[row] = known.get(source_key(image, space))
            except OSError as error:
                self.problem(row, f"{image}: {error.strerror}")
        taken = set(known.values())
        free = iter(number for number in range(len(taken) + len(numbers)) if number not in taken)
        jobs = {}
        for row, kept in numbers.items():
            number = next(free) if kept is None else kept
            image, space = str(self.cohort.table.at[row, "image"]), cast(Space, self.cohort.table.at[row, "space"])
            jobs[row] = Job(number, image, space, *self.paths(number))
        return jobs

    def outcomes(self, jobs: list[Job], workers: int | str) -> Iterator[Outcome]:
        """Yield outcomes as scans are done, and show how many."""
        if isinstance(workers, str):
            outcomes = scheduled_scans(self.recipe, jobs, workers)
        else:
            outcomes = prepared_scans(self.recipe, jobs, min(max(1, workers), len(jobs)))
        if not self.progress:
            yield from outcomes
            return
        total = len(self.cohort)
        yield from counted(outcomes, "preparing scans", total, done=total - len(jobs))

    def finish(self, jobs: dict[int, Job], seed: int) -> None:
        """Write table, split and who was set aside; drop what the table does not list; say that it is complete."""
        records = {row: read_record(job.record, job.volume, verify=False) for row, job in jobs.items()}
        good = [row for row, record in records.items() if record is not None]
        if not good:
            self.problems.raise_if_any(str(self.out), "no scan is left")
        aside = [table for table in (self.cohort.excluded, self.problems.table()) if len(table)]
        excluded = pd.concat(aside, ignore_index=True) if aside else self.cohort.excluded
        cohort = replace(self.cohort.subset(good), excluded=excluded)
        content = [records[row] or {} for row in good]
        extra = pd.DataFrame(
            {name: [np.nan if c[name] is None else c[name] for c in content] for name in COVARIATES}, dtype=float
        )
        for name in REMARKS:
            extra[name] = [str(c.get(name) or "") for c in content]
        for row in (row for row in good if (records[row] or {}).get(ORIENTATION)):
            self.log(f"{jobs[row].volume.name} orientation mended: {(records[row] or {})[ORIENTATION]}")
        extra["file"] = [f"images/{jobs[row].volume.name}" for row in good]
        extra["split"] = split_names(cohort.groups(), cohort.strata(), seed)
        cohort.write(self.out / "cohort.csv", extra)
        listed = {jobs[row].number for row in good}
        for record in sorted((self.out / "records").glob("[0-9]*.json")):
            if int(record.stem) not in listed:
                record.unlink()
        for volume in sorted((self.out / "images").glob("[0-9]*.nii.gz")):
            if int(volume.name[:6]) not in listed:
                volume.unlink()
                self.log(f"{volume.name} removed: the cohort does not list it any more")
        write_json(self.out / "prepared.json", description(cohort, self.recipe, seed, complete=True))
        self.log(f"complete: {len(good)} scans, {len(cohort.excluded)} set aside")
