"""Writes a task: what entrants see in its folder, and the answers in a folder of their own in it."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from brainaging.pipeline.counterfactual.covariates import HEAD_SIZE, SEX, Covariates
from brainaging.pipeline.counterfactual.score.edit_kinds import Edit
from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES
from brainaging.pipeline.counterfactual.score.structures.volume_instruments import half_step_affine
from brainaging.pipeline.counterfactual.score.tasks import task_layout as layout
from brainaging.pipeline.counterfactual.score.tasks.scored_task import ScoredTask
from brainaging.pipeline.counterfactual.score.tasks.task_readme import answers_readme, task_readme
from brainaging.pipeline.runtime import UserError, atomic_output, counted, write_json, write_text
from brainaging.transforms import save_nifti


@dataclass(frozen=True)
class Entrants:
    """What entrants are given of people.

    Attributes:
        subjects: (n) who they are.
        people: their covariates.
        groups: (n,) families or anatomies.
        scans: (n) files on the task's grid, copied as they are.
    """

    subjects: Sequence[str]
    people: Covariates
    groups: np.ndarray
    scans: Sequence[Path]


@dataclass(frozen=True)
class Origin:
    """Where a task comes from: the simulated cohort's name and seed, and head size of men by that of women."""

    cohort: str
    seed: int
    male_ratio: float


def write_task(folder: Path, task: ScoredTask, train: Entrants, held_out: Entrants, origin: Origin) -> str:
    """Write a task and its answers into ``folder``, new, empty, or with this same task; return its id.

    Raises:
        UserError: a folder that holds something else.
    """
    participants, asked = _participants(train, held_out), _asked(task.edits, held_out, origin.male_ratio)
    identity = _identity([task.grid.fingerprint, participants, asked], [*train.scans, *held_out.scans])
    _check_free(folder, identity)
    for part, people in ((layout.TRAIN, train), (layout.HELD_OUT, held_out)):
        pairs = zip(people.subjects, people.scans, strict=True)
        for subject, scan in counted(pairs, f"writing scans, {part}", len(people.scans)):
            with atomic_output(folder / part / layout.scan_of(subject)) as temporary:
                temporary.write_bytes(scan.read_bytes())
    _write_answers(folder / layout.ANSWERS, task, identity)
    write_text(folder / layout.PARTICIPANTS, participants)
    write_text(folder / layout.ASKED, asked)
    write_text(folder / layout.IDENTITY, f"{identity}\n")
    write_text(folder / layout.README, task_readme(task, identity, len(train.subjects)))
    grid = {**asdict(task.grid), "affine": task.grid.affine.tolist(), "space": "MNI152, RAS mm"}
    record = {
        "format": layout.FORMAT,
        "id": identity,
        "cohort": origin.cohort,
        "seed": origin.seed,
        "grid": grid,
        "edits": [edit.name for edit in task.edits],
        "no_readers": task.no_readings,
    }
    # last, so that a folder with it is whole
    write_json(folder / layout.RECORD, record)
    return identity


def _check_free(folder: Path, identity: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: expected a folder, found a file")
    mark = folder / layout.IDENTITY
    if mark.is_file():
        if (found := mark.read_text(encoding="utf-8").strip()) != identity:
            raise UserError(
                f"{folder}: holds another task ({found[:40]} instead of {identity}): give another folder"
            )
    elif folder.is_dir() and any(path.name != "run.log" for path in folder.iterdir()):
        known = {layout.TRAIN, layout.HELD_OUT, layout.ANSWERS, layout.PARTICIPANTS, layout.ASKED, "run.log"}
        if strange := sorted(path.name for path in folder.iterdir() if path.name not in known):
            raise UserError(f"{folder}: expected an empty folder or this task, found {strange[0]}")


def _identity(texts: Iterable[str], files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _csv(rows: Sequence[dict[str, Any]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _participants(train: Entrants, held_out: Entrants) -> str:
    _, numbers = np.unique(np.append(train.groups, held_out.groups), return_inverse=True)
    rows = []
    for part, entrants, offset in ((layout.TRAIN, train, 0), (layout.HELD_OUT, held_out, len(train.subjects))):
        for row, subject in enumerate(entrants.subjects):
            person = _described(entrants.people, row)
            rows.append(
                {"participant_id": subject, "part": part, **person, "group": int(numbers[offset + row]) + 1}
            )
    return _csv(rows, "\t")


def _described(people: Covariates, row: int) -> dict[str, Any]:
    return {
        "age": f"{people.age[row]:g}",
        "sex": "M" if people.male[row] > 0.5 else "F",
        "head_size_ml": f"{people.head_size[row]:.1f}",
    }


def _asked(edits: Sequence[Edit], held_out: Entrants, male_ratio: float) -> str:
    people = held_out.people
    rows = []
    for edit in edits:
        after = people.older(edit.years)
        if HEAD_SIZE in edit.covariates:
            after = after.with_head_size(people.head_size * male_ratio ** np.where(people.male > 0.5, -1.0, 1.0))
        if SEX in edit.covariates:
            after = after.as_sex(1 - people.male)
        for row, subject in enumerate(held_out.subjects):
            asked = {f"asked_{name}": value for name, value in _described(after, row).items()}
            file = layout.file_of(subject, edit.name)
            rows.append({"file": file, "subject": subject, "edit": edit.name, **_described(people, row), **asked})
    return _csv(rows)


def _write_answers(folder: Path, task: ScoredTask, identity: str) -> None:
    for edit in task.edits:
        pairs = zip(task.subjects, task.true[edit.name], strict=True)
        for subject, image in counted(pairs, f"writing answers, {edit.name}", len(task)):
            with atomic_output(folder / layout.TRUE_IMAGES / layout.file_of(subject, edit.name)) as temporary:
                save_nifti(image, task.grid, temporary)
    # so that the true images are predictions themselves
    write_text(folder / layout.TRUE_IMAGES / layout.IDENTITY, f"{identity}\n")
    affine = half_step_affine(task.grid)
    few = task.subjects[: len(task.labels)]
    for subject, labels in zip(few, task.labels, strict=True):
        image = nib.nifti1.Nifti1Image(labels, affine)
        image.header.set_xyzt_units("mm")
        with atomic_output(folder / layout.LABELS / layout.labels_of(subject)) as temporary:
            image.to_filename(temporary)
    rows = [
        {"subject": subject, "edit": edit, "structure": name, "ml": repr(float(ml))}
        for edit, volumes in (("", task.before_ml), *task.after_ml.items())
        for subject, person in zip(few, volumes, strict=True)
        for name, ml in zip(NAMES, person, strict=True)
    ]
    write_text(folder / layout.VOLUMES, _csv(rows))
    if task.readings is not None:
        readings = task.readings
        arrays = {"age": readings.age, "sex": readings.sex}
        numbers = {"brain_ml": np.array(readings.brain_ml), "count": np.array(readings.count)}
        with atomic_output(folder / layout.READERS) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, allow_pickle=False, **arrays, **numbers)
    write_text(folder / layout.README, answers_readme())
    write_json(folder / layout.ANSWERS_RECORD, {"format": layout.FORMAT, "id": identity})
