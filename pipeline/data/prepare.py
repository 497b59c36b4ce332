"""From a cohort to volumes on one grid: resumable, in parallel, never stale, and honest about what is whole."""

import json
import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.disk_full import DiskFullError, is_disk_full
from brainaging.pipeline.data.preparation import Preparation, description
from brainaging.pipeline.data.prepared import Prepared
from brainaging.pipeline.data.recipe import Recipe
from brainaging.pipeline.runtime import UserError, write_json
from brainaging.transforms import GridSpec


def prepare(
    cohort: Cohort,
    grid: GridSpec | str | Recipe,
    out: str | Path,
    *,
    workers: int | str = 1,
    skip_bad: bool = False,
    seed: int = 0,
    overwrite: bool = False,
    progress: bool = True,
) -> Prepared:
    """Place every scan of ``cohort`` on ``grid`` (or as a recipe says); write volumes and table to ``out``.

    Run again after a kill, a full disk or a mended scan, it goes on: a finished volume is kept where its record,
    its bytes and its source (path, size, time) are as they were. A folder made with another grid, option, version
    or source code of the transforms is refused, unless ``overwrite`` clears it. ``workers``: so many processes
    with one thread each (1: in this process), or the address of a Dask scheduler whose workers do it. ``seed``
    draws the grouped train/val/test split (70/15/15).

    All bad scans are found before :class:`CohortError` names every one; ``skip_bad`` sets them aside into
    ``excluded.csv``. :class:`DiskFullError` and other UserErrors are one line; finished volumes stay.

    Why not :class:`brainaging.pipeline.runtime.KeptWork`: that is one piece of work, finished or not, and refused
    where its recipe differs. Here each scan is a piece: one may be bad or mended while the others are kept, the
    cohort may grow or shrink between runs, volumes are verified by their SHA-256, and ``overwrite`` clears them.
    """
    recipe = Recipe.on(grid)
    out = Path(out)
    if not len(cohort):
        raise CohortError.single(f"{cohort.name}: no scan to prepare")
    if not cohort.has_scans:
        raise CohortError.single(f"{cohort.name}: a cohort of people without scans; its table is --morphometry's")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with FileLock(out / ".lock", timeout=0):
            _claim(out, cohort, recipe, seed, overwrite)
            Preparation(cohort, recipe, out, progress).prepare(workers, skip_bad, seed)
    except Timeout as error:
        raise UserError(f"{out}: another `prepare` is at work in this folder") from error
    except (OSError, DiskFullError) as error:
        if not isinstance(error, DiskFullError) and not is_disk_full(error):
            found = "a file" if out.is_file() else error.strerror or type(error).__name__
            raise UserError(f"{out}: expected a folder to write to, found: {found}") from error
        done = len(list((out / "records").glob("[0-9]*.json")))
        raise DiskFullError(
            f"{out}: no space left on the disk; {done} of {len(cohort)} scans are finished and kept: "
            "free some space and run again"
        ) from error
    return Prepared.load(out, restricted=cohort.restricted_path)


def _claim(out: Path, cohort: Cohort, recipe: Recipe, seed: int, overwrite: bool) -> None:
    """Mark ``out`` as in the making; refuse a folder that was made otherwise or is not ours."""
    marker = out / "prepared.json"
    if marker.exists():
        try:
            kept = json.loads(marker.read_text(encoding="utf-8"))["recipe"]
            differences = recipe.differences(kept)
        except (ValueError, KeyError, TypeError, AttributeError):
            differences = ["prepared.json cannot be read"]
        if differences and not overwrite:
            raise UserError(
                f"{out}: was prepared otherwise ({'; '.join(differences)}): choose another folder, or overwrite"
            )
        if differences:
            for name in ("images", "records"):
                shutil.rmtree(out / name, ignore_errors=True)
    elif any(path.name not in (".lock", "run.log") for path in out.iterdir()):
        raise UserError(f"{out}: not empty, and no prepared folder: choose another")
    for name in ("images", "records"):
        (out / name).mkdir(exist_ok=True)
        for rest in (out / name).glob(".tmp-*"):  # what a killed run was writing
            rest.unlink(missing_ok=True)
    write_json(marker, description(cohort, recipe, seed, complete=False))
