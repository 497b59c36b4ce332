"""Reads a task with its answers, for scoring."""

import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.score.axes.linear_readings import LinearReadings
from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES
from brainaging.pipeline.counterfactual.score.tasks import task_layout as layout
from brainaging.pipeline.counterfactual.score.tasks.scored_task import ScoredTask
from brainaging.pipeline.counterfactual.score.tasks.task_layout import TaskRecord
from brainaging.pipeline.data.markers import read_marker
from brainaging.pipeline.runtime import UserError, counted
from brainaging.transforms import GridSpec, load_grid_nifti

_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def read_task(folder: Path) -> tuple[TaskRecord, ScoredTask]:
    """Return what a task's folder says of it, and the task with its answers.

    Raises:
        UserError: no task, no answers, another task's, or files that are gone or broken.
    """
    record = TaskRecord.read(folder)
    answers = folder / layout.ANSWERS
    absent = f"{folder}: expected the task's answers in {layout.ANSWERS}/, found none: whoever has them can score"
    found = read_marker(answers / layout.ANSWERS_RECORD, layout.FORMAT, absent, {"id": str})["id"]
    if found != record.id:
        raise UserError(f"{answers}: expected the answers of task {record.id}, found those of {found[:40]}")
    people = _people(folder)
    subjects = people["participant_id"].tolist()
    scans = _images(folder / layout.HELD_OUT, [layout.scan_of(name) for name in subjects], record.grid)
    true = {
        edit.name: _images(
            answers / layout.TRUE_IMAGES, [layout.file_of(name, edit.name) for name in subjects], record.grid
        )
        for edit in record.edits
    }
    volumes = _table(answers / layout.VOLUMES, ("subject", "edit", "structure", "ml"))
    measured = list(dict.fromkeys(volumes["subject"]))
    if measured != subjects[: len(measured)] or not measured:
        raise UserError(f"{answers / layout.VOLUMES}: expected the first held-out people, found others")
    ml = {
        str(name): _volumes(part, answers / layout.VOLUMES) for name, part in volumes.groupby("edit", sort=False)
    }
    if set(ml) != {"", *(edit.name for edit in record.edits)}:
        raise UserError(
            f"{answers / layout.VOLUMES}: expected every edit of {layout.RECORD}, found {', '.join(ml)}"
        )
    task = ScoredTask(
        record.grid,
        subjects,
        people["group"].to_numpy(),
        people["age"].astype(float).to_numpy(),
        (people["sex"] == "M").astype(float).to_numpy(),
        record.edits,
        scans,
        true,
        np.stack([_labels(answers / layout.LABELS / layout.labels_of(name), record.grid) for name in measured]),
        ml[""],
        {name: values for name, values in ml.items() if name},
        None if record.no_readers else _readers(answers / layout.READERS, record.grid),
        record.no_readers,
    )
    return record, task


def _table(path: Path, columns: tuple[str, ...], delimiter: str = ",") -> pd.DataFrame:
    try:
        table = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False)
    except _UNREADABLE as error:
        raise UserError(f"{path}: expected a table of the task, found none that can be read") from error
    if not set(columns) <= set(table.columns):
        raise UserError(f"{path}: expected the columns {', '.join(columns)}; found {', '.join(table.columns)}")
    return table


def _people(folder: Path) -> pd.DataFrame:
    table = _table(folder / layout.PARTICIPANTS, ("participant_id", "part", "age", "sex", "group"), "\t")
    return table[table["part"] == layout.HELD_OUT]


def _images(folder: Path, names: list[str], grid: GridSpec) -> np.ndarray:
    gone = [name for name in names if not (folder / name).is_file()]
    if gone:
        raise UserError(f"{folder}: {len(gone)} of {len(names)} images are gone, first {gone[0]}")
    return np.stack([load_grid_nifti(folder / name, grid) for name in counted(names, f"reading {folder.name}")])


def _volumes(part: pd.DataFrame, path: Path) -> np.ndarray:
    """Return (m, s) mL of the rows of one edit."""
    if len(part) % len(NAMES) or tuple(part["structure"][: len(NAMES)]) != NAMES:
        raise UserError(f"{path}: expected the structures {', '.join(NAMES)} of each person, found others")
    try:
        return part["ml"].astype(float).to_numpy().reshape(-1, len(NAMES))
    except ValueError as error:
        raise UserError(f"{path}: column ml: expected numbers, found something else") from error


def _labels(path: Path, grid: GridSpec) -> np.ndarray:
    try:
        labels = np.asarray(nib.nifti1.load(path).dataobj).astype(np.uint8)
    except _UNREADABLE as error:
        raise UserError(f"{path}: expected the structures of a person, found no file that can be read") from error
    shape = tuple(2 * size for size in grid.shape)
    if labels.shape != shape or labels.max() > len(NAMES):
        raise UserError(f"{path}: expected labels up to {len(NAMES)} of shape {shape}, found {labels.shape}")
    return labels


def _readers(path: Path, grid: GridSpec) -> LinearReadings:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return LinearReadings(
                grid, float(arrays["brain_ml"]), arrays["age"], arrays["sex"], int(arrays["count"])
            )
    except _UNREADABLE as error:
        raise UserError(f"{path}: expected the task's readers, found no file that can be read") from error
