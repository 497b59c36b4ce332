"""A task: whose scans are to be edited how, and the answers that predictions are scored against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.counterfactual.score.axes.linear_readings import LinearReadings
from brainaging.pipeline.counterfactual.score.edit_kinds import Edit
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.structures.volume_instruments import LabelledScan
from brainaging.pipeline.counterfactual.score.true_changes import counterfactuals
from brainaging.pipeline.counterfactual.score.true_region_changes import structure_map, structure_ml
from brainaging.pipeline.runtime import counted
from brainaging.pipeline.simulate import Cause
from brainaging.transforms import GridSpec

#: people whose structures are measured and who are read, at most: a registration takes 0.1 s at 4 mm,
#: and there are as many as people, edits and ways to edit. Sensitivity: width of intervals
MEASURED = 48


@dataclass(frozen=True)
class ScoredTask:
    """Held-out people of a simulated cohort, the edits asked of them, and the answers.

    Attributes:
        grid: of all images.
        subjects: (n) who they are.
        groups: (n,) families or anatomies, which intervals draw anew.
        age, male: (n,) years, and 0 or 1, before the edit.
        edits: what is asked.
        scans: (n, X, Y, Z).
        true: the true counterfactual images (n, X, Y, Z) by edit, in the scans' noise.
        labels: (m, 2X, 2Y, 2Z) structures of the first m people, :func:`structure_map`.
        before_ml: (m, s) true volumes of their structures.
        after_ml: (m, s) after the edit, by edit.
        readings: readers of age and sex; None where people were too few.
        no_readings: why there are none, "" where there are.
    """

    grid: GridSpec
    subjects: Sequence[str]
    groups: np.ndarray
    age: np.ndarray
    male: np.ndarray
    edits: Sequence[Edit]
    scans: np.ndarray
    true: Mapping[str, np.ndarray]
    labels: np.ndarray
    before_ml: np.ndarray
    after_ml: Mapping[str, np.ndarray]
    readings: LinearReadings | None
    no_readings: str = ""

    def __len__(self) -> int:
        return len(self.subjects)

    def labelled(self, person: int) -> LabelledScan:
        """Return the scan and structures of one of the first m people."""
        return LabelledScan(self.scans[person], self.labels[person], self.grid.spacing)

    def change(self, edited: np.ndarray) -> np.ndarray:
        """Return the changes (n, X, Y, Z) from the scans to edited images (n, X, Y, Z)."""
        changes: np.ndarray = edited - self.scans
        return changes


@dataclass(frozen=True)
class People:
    """Held-out people as a task has them: as in :class:`ScoredTask`."""

    subjects: Sequence[str]
    groups: np.ndarray
    age: np.ndarray
    male: np.ndarray
    scans: np.ndarray


def as_image(scans: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """Return edited images (n, X, Y, Z) as files hold them: scans and changes added, float32."""
    images: np.ndarray = (scans + changes).astype(np.float32)
    return images


def task_of_truth(
    truth: Truth,
    people: People,
    edits: Sequence[Edit],
    true_change: Callable[[Edit], np.ndarray],
    readings: tuple[LinearReadings | None, str],
) -> ScoredTask:
    """Return the task that a simulated cohort's truth makes of held-out people.

    Args:
        truth: of the cohort.
        people: who are held out.
        edits: what is asked of them.
        true_change: returns the true changes (n, X, Y, Z) of an edit.
        readings: the readers of age and sex, or None and why.
    """
    few = people.subjects[:MEASURED]
    causes = truth.of(few)
    labels = np.stack([structure_map(truth, cause) for cause in counted(causes, "labelling people's structures")])
    after_ml = {}
    for edit in edits:
        moved, _ = counterfactuals(edit, truth, few, truth.male_ratio)
        after_ml[edit.name] = _structures_ml(truth, moved, edit.name)
    return ScoredTask(
        truth.grid,
        people.subjects,
        people.groups,
        people.age,
        people.male,
        edits,
        people.scans,
        {edit.name: as_image(people.scans, true_change(edit)) for edit in edits},
        labels,
        _structures_ml(truth, causes, "now"),
        after_ml,
        *readings,
    )


def _structures_ml(truth: Truth, causes: Sequence[Cause], when: str) -> np.ndarray:
    """Return the true volumes (m, s) of structures; with elastic physics each person is a solution of seconds."""
    return np.stack(
        [structure_ml(truth, cause) for cause in counted(causes, f"true volumes of structures, {when}")]
    )
