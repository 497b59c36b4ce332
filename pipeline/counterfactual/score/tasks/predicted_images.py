"""Predictions for a task: anybody's edited images, read, placed on the task's grid and checked."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.score.tasks import task_layout as layout
from brainaging.pipeline.counterfactual.score.tasks.scored_task import ScoredTask
from brainaging.pipeline.runtime import UserError, atomic_output, counted, write_text
from brainaging.transforms import GridSpec, place, read_scan, save_nifti

#: intensity above which a voxel of a scan is brain, for the checks. Sensitivity: which files are refused
BRAIN = 0.3
#: share of the scan's brain that an edited image must cover: less lies elsewhere, or is a piece. Sensitivity: what
#: files are refused
COVERED = 0.6
#: bounds of the edited image's median intensity in the scan's brain by the scan's: beyond is another scale of
#: intensities, and no ageing. Sensitivity: which files are refused
SCALES = (0.5, 2.0)


def read_predictions(folder: Path, task: ScoredTask, identity: str) -> dict[str, np.ndarray]:
    """Return the edited images (n, X, Y, Z) on the task's grid, by edit.

    Raises:
        UserError: no folder, another task's predictions, images that are missing or nobody's (all are named), that
            lie elsewhere, or that have another scale of intensities.
        ScanError: an image that is no volume of finite numbers with an affine.
    """
    _check_identity(folder, identity)
    wanted = {
        layout.file_of(subject, edit.name): (edit.name, row)
        for edit in task.edits
        for row, subject in enumerate(task.subjects)
    }
    _check_names(folder, set(wanted))
    images = {edit.name: np.empty_like(task.scans) for edit in task.edits}
    for name in counted(list(wanted), f"reading predictions of {folder.name}"):
        edit, row = wanted[name]
        images[edit][row] = _placed(folder / name, task.scans[row], task.grid)
    return images


def write_predictions(folder: Path, task: ScoredTask, identity: str, images: Mapping[str, np.ndarray]) -> None:
    """Write edited images (n, X, Y, Z) on the task's grid, by edit, as predictions for it."""
    for edit, volumes in images.items():
        for subject, volume in zip(task.subjects, volumes, strict=True):
            with atomic_output(folder / layout.file_of(subject, edit)) as temporary:
                save_nifti(volume, task.grid, temporary)
    write_text(folder / layout.IDENTITY, f"{identity}\n")


def _check_identity(folder: Path, identity: str) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder}: expected a folder of predictions, found none")
    mark = folder / layout.IDENTITY
    if not mark.is_file():
        raise UserError(f"{folder}: expected a copy of the task's {layout.IDENTITY}, found none: copy it there")
    found = mark.read_text(encoding="utf-8", errors="replace").strip()
    if found != identity:
        raise UserError(f"{folder}: expected predictions for task {identity}, found those for {found[:40]!r}")


def _check_names(folder: Path, wanted: set[str]) -> None:
    here = {path.name for path in folder.iterdir() if {".nii", ".mgz"} & set(path.suffixes)}
    missing, strange = sorted(wanted - here), sorted(here - wanted)
    faults = []
    if missing:
        faults.append(f"{len(missing)} of {len(wanted)} images are missing: {', '.join(missing)}")
    if strange:
        faults.append(f"{len(strange)} images that {layout.ASKED} does not ask for: {', '.join(strange)}")
    if faults:
        raise UserError(f"{folder}: {'; '.join(faults)}")


def _placed(path: Path, scan: np.ndarray, grid: GridSpec) -> np.ndarray:
    volume, affine = read_scan(path)
    same = volume.shape == grid.shape and np.allclose(affine, grid.affine, atol=1e-4)
    image = np.ascontiguousarray(volume) if same else place(volume, affine, grid)
    brain = scan > BRAIN
    covered = float((image[brain] != 0).mean())
    if covered < COVERED:
        raise UserError(
            f"{path}: expected the person's brain where the scan has it, found an image that covers "
            f"{100 * covered:.0f} % of it: its shape or affine is not that of the scan"
        )
    scale = float(np.median(image[brain]) / np.median(scan[brain]))
    if not SCALES[0] <= scale <= SCALES[1]:
        raise UserError(
            f"{path}: expected the scan's own intensities, found {scale:.3g} times these: keep the scan's scale"
        )
    return image
