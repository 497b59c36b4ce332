"""Where a task's files lie, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainaging.pipeline.counterfactual.score.edit_kinds import EDITS, Edit
from brainaging.pipeline.data.cohorts.codes import check_subject
from brainaging.pipeline.data.markers import read_marker
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec

FORMAT = "brainaging task 1"
RECORD, IDENTITY, README = "task.json", "task_id.txt", "README.md"
PARTICIPANTS, ASKED = "participants.tsv", "edits.csv"
TRAIN, HELD_OUT, ANSWERS = "train", "held_out", "answers"
#: in the answers: true counterfactual images, structures' labels and volumes, readers, and what marks them whole
TRUE_IMAGES, LABELS = "true_images", "structures"
VOLUMES, READERS, ANSWERS_RECORD = "structure_volumes.csv", "readers.npz", "answers.json"
#: entries of task.json that are read back
_ENTRIES = {"id": str, "grid": dict, "edits": list, "cohort": str, "seed": int, "no_readers": str}


def file_of(subject: str, edit: str) -> str:
    """Return the name of the file with a subject's edited image.

    Raises:
        UserError: a subject that cannot stand in a file's name.
    """
    return f"{_checked(subject)}_{edit}.nii.gz"


def scan_of(subject: str) -> str:
    """Return the name of the file with a subject's scan; raises as :func:`file_of`."""
    return f"{_checked(subject)}.nii.gz"


def labels_of(subject: str) -> str:
    """Return the name of the file with a subject's structures; raises as :func:`file_of`."""
    return f"{_checked(subject)}_dseg.nii.gz"


def _checked(subject: str) -> str:
    try:
        return check_subject(subject)
    except ValueError as error:
        raise UserError(f"subject {subject[:40]!r}: {error}") from error


@dataclass(frozen=True)
class TaskRecord:
    """What task.json says.

    Attributes:
        id: that predictions and answers must name too.
        grid: of all images.
        edits: that are asked.
        cohort, seed: of the simulation.
        no_readers: why the answers hold no readers, "" where they do.
    """

    id: str
    grid: GridSpec
    edits: tuple[Edit, ...]
    cohort: str
    seed: int
    no_readers: str

    @classmethod
    def read(cls, folder: Path) -> "TaskRecord":
        """Read the record of a task's folder.

        Raises:
            UserError: no task, one of another format, or edits that are unknown here.
        """
        path = folder / RECORD
        absent = f"{folder}: expected a task that `brainaging score --export-task` wrote, found no {RECORD}"
        content = read_marker(path, FORMAT, absent, _ENTRIES)
        known = {edit.name: edit for edit in EDITS}
        unknown = [str(name) for name in content["edits"] if name not in known]
        if unknown or not content["edits"]:
            raise UserError(f"{path}: edits: expected some of {', '.join(known)}, found {', '.join(unknown)}")
        edits = tuple(known[name] for name in content["edits"])
        return cls(
            content["id"],
            _grid(content["grid"], path),
            edits,
            content["cohort"],
            content["seed"],
            content["no_readers"],
        )


def _grid(entry: Mapping[str, Any], path: Path) -> GridSpec:
    try:
        return GridSpec(**{name: entry[name] for name in ("name", "shape", "spacing", "orientation", "intensity")})
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: grid: expected a grid, found {str(dict(entry))[:80]}") from error
