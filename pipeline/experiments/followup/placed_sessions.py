"""Every person's scans on one grid, in the place of their first: position and gain are no change.

The first scan is registered to the template, the others rigidly to the first, and each is resampled once, from its
own voxels to the grid: an image that were resampled less often than another would be sharper, and look as if it
had changed (Reuter and Fischl 2011, NeuroImage 57:19).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.visits import Timeline
from brainaging.pipeline.runtime import KeptWork, atomic_output, counted, text_sha256
from brainaging.transforms import (
    CheckBraind,
    GridSpec,
    LoadScand,
    PlaceOnGridd,
    RegisterToTemplated,
    normalize_intensity,
    place,
)
from brainaging.transforms.intensity import CLIP
from brainaging.transforms.same_head import gain_ratio, rigid_to


@dataclass(frozen=True)
class PlacedPerson:
    """One person's scans on a grid.

    Attributes:
        person: whose, and when.
        volumes: (s, X, Y, Z) in the order of ``person.rows``, on the first's place and gain.
        own_scale: volume of the head itself by that on the grid.
    """

    person: Timeline
    volumes: np.ndarray
    own_scale: float

    def visit(self, number: int) -> np.ndarray:
        """Return the scan (X, Y, Z) of a visit, from 0 on."""
        scan: np.ndarray = self.volumes[number]
        return scan

    @property
    def retests(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The pairs of scans (X, Y, Z) that were made within days of each other."""
        first_rows = self.person.rows
        pairs = zip(self.person.retests, self.volumes[len(self.person.visits) :], strict=True)
        return [(self.volumes[first_rows.index(visit.row)], again) for (visit, _), again in pairs]


def placed_people(cohort: Cohort, people: Sequence[Timeline], grid: GridSpec, folder: Path) -> list[PlacedPerson]:
    """Return ``people`` with their scans on ``grid``; who was placed before is read back from ``folder``.

    Raises:
        ScanError: a scan that cannot be used; UserError where the folder holds other work.
    """
    rows = [person.rows for person in people]
    recipe = {"cohort": cohort.digest, "grid": grid.fingerprint, "rows": text_sha256(json.dumps(rows))}
    work = KeptWork(folder, recipe, code=[__name__])
    names = [f"{number:06d}.npz" for number in range(len(people))]
    missing = [number for number, name in enumerate(names) if not (folder / name).is_file()]
    for number in counted(missing, "placing people's scans", len(people), done=len(people) - len(missing)):
        volumes, scale = _placed(cohort, people[number], grid)
        with atomic_output(folder / names[number]) as temporary, temporary.open("wb") as handle:
            np.savez(handle, volumes=volumes, own_scale=scale)
    if not work.finished:
        work.finish(*names)
    found = []
    for person, name in zip(people, names, strict=True):
        with np.load(folder / name, allow_pickle=False) as kept:
            found.append(PlacedPerson(person, kept["volumes"], float(kept["own_scale"])))
    return found


def _placed(cohort: Cohort, person: Timeline, grid: GridSpec) -> tuple[np.ndarray, float]:
    """Return one person's scans (s, X, Y, Z), and the volume of their head by that on the grid."""
    (first, checked), *others = (_read(cohort, row) for row in person.rows)
    registration = np.eye(4)
    if cohort.table.at[person.rows[0], "space"] == "native":
        checked = RegisterToTemplated("image")(checked)
        registration = np.asarray(checked["image"].meta["registration"])
    # refuses what does not land on the template
    PlaceOnGridd("image", grid)(checked)
    reference = place(first.volume, registration @ first.affine, grid)
    start = normalize_intensity(reference, grid)
    unclipped = (start > 0) & (start < start.max())
    gain = float(np.median(reference[unclipped] / start[unclipped]))
    volumes = [start]
    for other, _ in others:
        motion = rigid_to(other.volume, other.affine, first.volume, first.affine)
        moved = place(other.volume, registration @ motion @ other.affine, grid)
        # the rule's own end, so that what it clips is clipped in every scan alike
        volumes.append(np.clip(moved / (gain * gain_ratio(moved, reference)), 0.0, CLIP))
    return np.stack(volumes).astype(np.float32), 1 / float(np.linalg.det(registration[:3, :3]))


@dataclass(frozen=True)
class _Scan:
    volume: np.ndarray
    affine: np.ndarray


def _read(cohort: Cohort, row: int) -> tuple[_Scan, Any]:
    """Return a checked scan in its own voxels, and the same as the transforms hand it on."""
    checked = CheckBraind("image")(LoadScand("image")({"image": str(cohort.table.at[row, "image"])}))
    image: Any = checked["image"]
    return _Scan(np.asarray(image[0], dtype=np.float32), np.asarray(image.affine, dtype=float)), checked
