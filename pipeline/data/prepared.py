"""A prepared folder, read: cohort, covariates and volumes in one row order."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.tables import read_table
from brainaging.pipeline.data.markers import read_marker
from brainaging.pipeline.data.scan import REMARKS
from brainaging.pipeline.data.splits import SPLITS, check_leak, rows_of_split
from brainaging.pipeline.runtime import UserError, counted
from brainaging.transforms import GridSpec, check_fingerprint, load_grid_nifti

#: volumes that are read ahead of who takes them
_AHEAD = 64
FORMAT = "brainaging prepared 1"
#: entries of prepared.json that are read back
ENTRIES = {"complete": bool, "fingerprint": str, "grid": dict}
#: columns that `prepare` adds to the cohort's
NUMBERS = ("head_size", "template_dice")
ADDED = (*NUMBERS, "file", "split")


def _described(folder: Path) -> dict[str, Any]:
    """Return prepared.json of a complete folder; UserError otherwise."""
    absent = f"{folder}: not a prepared folder (no prepared.json): run `brainaging prepare`"
    content = read_marker(folder / "prepared.json", FORMAT, absent, ENTRIES)
    if not content["complete"]:
        raise UserError(f"{folder}: preparing did not end: run the same `brainaging prepare` again to finish it")
    return content


def _listed(folder: Path) -> pd.DataFrame:
    """Return the table of a prepared folder, cells as text; UserError where it is not as `prepare` wrote it."""
    table = folder / "cohort.csv"
    frame = read_table(table).frame.reset_index(drop=True)
    for name in ADDED:
        if list(frame.columns).count(name) != 1:
            raise UserError(f"{table}: expected a column {name!r}, which `prepare` writes: prepare again")
    outside = [name for name in frame["file"] if Path(name).parent != Path("images")]
    if outside:
        raise UserError(f"{table}: expected volumes in images/, found {outside[0][:100]!r}: prepare again")
    strange = sorted(set(frame["split"]) - set(SPLITS))
    if strange:
        raise UserError(f"{table}: expected split {', '.join(SPLITS)}, found {strange[0][:40]!r}: prepare again")
    gone = [name for name in frame["file"] if not (folder / name).is_file()]
    if gone:
        raise UserError(f"{folder}: {len(gone)} of {len(frame)} volumes are gone, first {gone[0]}: prepare again")
    return frame


def _numbers(cells: pd.Series, table: Path) -> pd.Series:
    """Return a column's numbers, NaN where a cell is empty."""
    numbers = pd.to_numeric(cells.replace("", "nan"), errors="coerce").astype(float)
    bad = numbers.isna() & ~cells.str.lower().isin(["", "nan"])
    if bad.any():
        raise UserError(
            f"{table}: column {cells.name}: expected numbers, found {cells[bad].iloc[0][:40]!r}: prepare again"
        )
    return numbers


def _grid(entry: dict[str, Any], folder: Path) -> GridSpec:
    """Return the grid that prepared.json names."""
    try:
        return GridSpec(**entry)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{folder / 'prepared.json'}: expected a grid, found {str(entry)[:80]}: prepare again"
        ) from error


@dataclass(frozen=True, eq=False)
class Prepared:
    """Volumes on one grid and who they are of; row i of ``table``, ``cohort`` and ``volumes()`` is one scan.

    ``table`` adds to the cohort's public columns head_size (mL), template_dice (NaN where the scan was not
    registered), orientation (what was mended, such as ``LAS→LPS``), intensity_form (what was done to its
    intensities or is to be known of them), both "" for nothing, file (relative to ``folder``) and split.
    """

    folder: Path
    cohort: Cohort
    grid: GridSpec
    table: pd.DataFrame

    @classmethod
    def load(
        cls,
        folder: str | Path,
        expect_grid: GridSpec | str | None = None,
        restricted: str | Path | None = None,
        public_only: bool = False,
    ) -> "Prepared":
        """Read a complete prepared folder.

        ``restricted`` and ``public_only`` as in :meth:`Cohort.load`. Raises UserError (not there, not finished,
        volumes gone), GridMismatchError where the grid is not ``expect_grid``, LeakError where a group straddles
        the split that stands in the table.
        """
        folder = Path(folder).absolute()
        described = _described(folder)
        if expect_grid is not None:
            check_fingerprint(expect_grid, described["fingerprint"], str(folder))
        grid = _grid(described["grid"], folder)
        check_fingerprint(grid, described["fingerprint"], str(folder))
        frame = _listed(folder)
        cohort = Cohort.load(folder / "cohort.csv", restricted, public_only)
        numbers = {name: _numbers(frame[name], folder / "cohort.csv") for name in NUMBERS}
        # folders that were prepared before these were checked lack the columns
        frame = frame.assign(**{name: "" for name in REMARKS if name not in frame})
        table = pd.concat([cohort.table, pd.DataFrame(numbers), frame[[*REMARKS, "file", "split"]]], axis=1)
        prepared = cls(folder, cohort, grid, table)
        check_leak(cohort.groups(), *(prepared.split(name) for name in SPLITS))
        return prepared

    def __len__(self) -> int:
        return len(self.table)

    def notes(self) -> list[str]:
        """Return lines for the user: of how many scans the orientation was mended, or the intensities unusual."""
        lines = []
        for name, what in zip(REMARKS, ("orientation mended", "intensities changed, or not usual"), strict=True):
            of_scans = self.table.loc[self.table[name] != "", ["subject", name]]
            if len(of_scans):
                subject, first = of_scans.iloc[0]
                lines.append(
                    f"{len(of_scans)} of {len(self)} scans: {what} ({subject}: {first}); see column {name}"
                )
        return lines

    @property
    def fingerprint(self) -> str:
        """What latents and weights carry: the grid's fingerprint."""
        return self.grid.fingerprint

    @property
    def head_size(self) -> np.ndarray:
        """Brain volume of each scan (n,) in mL, in its own physical scale."""
        return self.table["head_size"].to_numpy(dtype=float)

    @property
    def files(self) -> list[Path]:
        """The volumes' absolute paths, in row order."""
        return [self.folder / name for name in self.table["file"]]

    def volumes(self, index: ArrayLike | None = None) -> np.ndarray:
        """Return volumes (n, X, Y, Z) float32, all or those at ``index``; each file's fingerprint is checked."""
        rows = range(len(self)) if index is None else np.asarray(index, dtype=int)
        volumes = np.empty((len(rows), *self.grid.shape), dtype=np.float32)
        read = counted(self.each_volume(rows), "reading scans", len(rows), announce=False)
        for row, volume in enumerate(read):
            volumes[row] = volume
        return volumes

    def each_volume(self, index: Sequence[int] | np.ndarray) -> Iterator[np.ndarray]:
        """Yield the volumes (X, Y, Z) at ``index``, read by a few threads; each file's fingerprint is checked."""
        names = self.table["file"].to_numpy()
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            # a pool reads on and keeps what nobody has taken yet: it is given a few at a time
            for start in range(0, len(index), _AHEAD):
                files = [self.folder / names[row] for row in index[start : start + _AHEAD]]
                yield from pool.map(lambda file: load_grid_nifti(file, self.grid), files)

    def datalist(self, index: ArrayLike | None = None) -> list[dict[str, str]]:
        """Return ``{"image": path, "subject": id, "session": …}`` of all rows or those at ``index``, for MONAI."""
        rows = range(len(self)) if index is None else np.asarray(index, dtype=int)
        files, scans = self.files, self.cohort.scan_keys
        return [_item(files[row], *scans[row]) for row in rows]

    def split(self, name: str) -> np.ndarray:
        """Return the sorted positions of ``train``, ``val`` or ``test``."""
        return rows_of_split(self.table["split"].to_numpy(), name)

    def summary(self) -> dict[str, Any]:
        """Return the cohort's summary with the grid: what the report's cohort.json holds."""
        grid = {"name": self.grid.name, "shape": list(self.grid.shape), "spacing": self.grid.spacing}
        return self.cohort.summary() | {"grid": grid | {"fingerprint": self.grid.fingerprint}}


def datalist(dataset_dir: str | Path, split: str | None = None) -> list[dict[str, str]]:
    """Return image (path), subject and session of each scan in a prepared folder's ``split`` (None: all).

    Reads the public table alone. Raises UserError: not prepared, not finished, no such split, nobody in it.
    """
    folder = Path(dataset_dir).absolute()
    _described(folder)
    frame = _listed(folder)
    rows = frame if split is None else frame.iloc[rows_of_split(frame["split"].to_numpy(), split)]
    if not len(rows):
        raise UserError(f"{folder}: nobody is in split {split!r}")
    columns = zip(rows["file"], rows["subject"], rows["session"], strict=True)
    return [_item(folder / file, subject, session) for file, subject, session in columns]


def _item(image: Path, subject: str, session: str) -> dict[str, str]:
    return {"image": str(image), "subject": str(subject), "session": str(session)}
