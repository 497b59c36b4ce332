"""A morphometry table cut to a cohort, on disk: what the table's bundle and the analysis read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.id_matching import match_rows
from brainaging.pipeline.data.cohorts.identity import split_id
from brainaging.pipeline.data.cohorts.problems import CohortError, Problems
from brainaging.pipeline.data.cohorts.tables import read_table
from brainaging.pipeline.data.markers import read_marker
from brainaging.pipeline.data.morphometry.measure_table import Morphometry
from brainaging.pipeline.data.morphometry.names import CORTEX
from brainaging.pipeline.data.splits import SPLITS, check_leak, rows_of_split, split_names
from brainaging.pipeline.runtime import UserError, text_sha256, write_json, write_text

FORMAT = "brainaging morphometry 1"
MARKER = "morphometry.json"
TABLE = "morphometry.csv"
#: what a row is, before its measures; earlier versions wrote no session
_ABOUT_ROWS = ("subject", "session", "split")


@dataclass(frozen=True, eq=False)
class PreparedTable:
    """Measures and who they are of; row i of ``cohort`` and of ``values`` is one person, or a session of one.

    ``morphometry.values`` has the cohort's rows in the cohort's order, its index the cohort's subjects.
    """

    folder: Path
    cohort: Cohort
    morphometry: Morphometry
    parts: np.ndarray

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [str(name) for name in self.morphometry.values.columns]

    @property
    def values(self) -> np.ndarray:
        """The measures (n, p) float32, NaN where missing."""
        return self.morphometry.values.to_numpy(dtype=np.float32, copy=True)

    @property
    def head_size(self) -> np.ndarray:
        """Intracranial volume (n,) in mL, NaN where unknown."""
        return self.morphometry.head_size()

    @property
    def fingerprint(self) -> str:
        """What latents and reconstructions carry: number and hash of the columns."""
        return table_fingerprint(self.names)

    def datalist(self, index: ArrayLike | None = None) -> list[dict[str, Any]]:
        """Return image (p,) float32, subject and session of all rows or those at ``index``, for MONAI."""
        rows = range(len(self)) if index is None else np.asarray(index, dtype=int)
        values, scans = self.values, self.cohort.scan_keys
        return [{"image": values[row], "subject": scans[row][0], "session": scans[row][1]} for row in rows]

    def split(self, name: str) -> np.ndarray:
        """Return the sorted positions of ``train``, ``val`` or ``test``."""
        return rows_of_split(self.parts, name)

    @classmethod
    def load(
        cls, folder: str | Path, restricted: str | Path | None = None, public_only: bool = False
    ) -> "PreparedTable":
        """Read a folder that :func:`prepare_morphometry` wrote; UserError where it is none or was changed."""
        folder = Path(folder).absolute()
        described = _described(folder)
        cohort = Cohort.load(folder / "cohort.csv", restricted, public_only)
        frame = read_table(folder / TABLE).frame.reset_index(drop=True)
        if frame["subject"].tolist() != cohort.table["subject"].tolist():
            raise UserError(f"{folder / TABLE}: its subjects are not those of cohort.csv: prepare again")
        if "session" in frame and frame["session"].tolist() != cohort.table["session"].tolist():
            raise UserError(f"{folder / TABLE}: its sessions are not those of cohort.csv: prepare again")
        if [name for name in frame.columns if name not in _ABOUT_ROWS] != described["columns"]:
            raise UserError(f"{folder / TABLE}: its columns are not those of {MARKER}: prepare again")
        try:
            cells = frame[described["columns"]].replace("", "nan").astype(float)
        except ValueError as error:
            raise UserError(f"{folder / TABLE}: expected numbers, found text: prepare again") from error
        morphometry = Morphometry(
            values=cells.set_index(pd.Index(frame["subject"], name="subject")),
            source=described["source"],
            dropped=pd.DataFrame(described["dropped"], columns=["column", "reason"], dtype=object),
            notes=tuple(described["notes"]),
        )
        prepared = cls(folder, cohort, morphometry, frame["split"].to_numpy(dtype=str))
        check_leak(cohort.groups(), *(prepared.split(name) for name in SPLITS))
        return prepared


def prepare_morphometry(
    cohort: Cohort, morphometry: Morphometry, out: str | Path, *, seed: int = 0, skip_bad: bool = False
) -> PreparedTable:
    """Cut a table to a cohort's people and write both, with a grouped train/val/test split, to the folder ``out``.

    A cohort's row is a subject and a session; so is a table's, whose id may have the visit (``X_ses-1.long.X``).
    Rows that the table lacks are all named in one :class:`CohortError`, or set aside with ``skip_bad``; rows of
    the table that are not in the cohort are a note, and so are ids that are spelled otherwise. ``seed`` draws the
    split (70/15/15; with fewer than three groups all is train). A folder that holds prepared scans is refused.
    """
    out = Path(out)
    if (out / "prepared.json").exists():
        raise UserError(f"{out}: holds prepared scans: choose another folder for the table")
    scans = cohort.scan_keys
    rows, absent = morphometry.rows_of(scans)
    if len(absent) == len(cohort):
        said = next((f": {why}" for why in absent.values() if why.startswith("expected")), "")
        raise CohortError.single(
            f"{morphometry.source}: none of the cohort's {len(cohort)} people is in this table "
            f"(cohort: {scans[0][0]}, table: {morphometry.values.index[0]}){said}"
        )
    problems = Problems()
    aside = dict(morphometry.excluded.itertuples(index=False, name=None))
    known = [split_id(str(name)) for name in aside]
    set_aside, _ = match_rows([scans[row] for row in absent], [(part.person, part.session) for part in known])
    for (row, why), at in zip(absent.items(), set_aside, strict=True):
        reason = why if at < 0 else list(aside.values())[at]
        problems.add(scans[row][0], f"{Path(morphometry.source).name} {scans[row][1]}".strip(), reason)
    if not skip_bad:
        problems.raise_if_any(morphometry.source, "skip-bad sets them aside")
    notes = list(morphometry.notes)
    outside = len(morphometry) - len(np.unique(rows[rows >= 0]))
    if outside:
        notes.append(f"{outside} of {len(morphometry)} rows of the table are not in the cohort: left out")
    kept = cohort.subset(rows >= 0)
    if absent:
        kept = replace(kept, excluded=pd.concat([cohort.excluded, problems.table()], ignore_index=True))
    values = morphometry.values.iloc[rows[rows >= 0]]
    persons = [split_id(str(name)).person for name in values.index]
    respelled = [
        i for i, (own, name) in enumerate(zip(persons, kept.table["subject"], strict=True)) if own != name
    ]
    if respelled:
        shown = f"{kept.table['subject'][respelled[0]]} is {values.index[respelled[0]]} there"
        notes.append(f"{len(respelled)} rows are spelled otherwise in the table (first: {shown})")
    values.index = pd.Index(kept.table["subject"], name="subject")
    # one order for every file, so that weights of one table serve another with the same columns
    values = values.sort_index(axis=1)
    parts = split_names(kept.groups(), kept.strata(), seed)
    (out / MARKER).unlink(missing_ok=True)
    kept.write(out / "cohort.csv", extra=pd.DataFrame({"split": parts}))
    table = values.reset_index()
    table.insert(1, "session", kept.table["session"].to_numpy())
    table.insert(2, "split", parts)
    write_text(out / TABLE, table.to_csv(index=False, lineterminator="\n", float_format="%.9g"))
    write_json(
        out / MARKER,
        {
            "format": FORMAT,
            "columns": [str(name) for name in values.columns],
            "fingerprint": table_fingerprint([str(name) for name in values.columns]),
            "source": morphometry.source,
            "digest": morphometry.digest,
            "dropped": morphometry.dropped.to_dict("records"),
            "notes": notes,
            "seed": seed,
        },
    )
    return PreparedTable.load(out, restricted=cohort.restricted_path)


def columns_of(dataset_dir: str | Path) -> list[str]:
    """Return the columns of a prepared table; thickness by Desikan-Killiany where nothing is prepared there.

    A bundle's network takes its width and names from here; without data (when a network is only inspected or
    exported) it takes the default.
    """
    if not is_prepared_table(dataset_dir):
        return [f"{side}_{region}_thickness" for side in ("lh", "rh") for region in sorted(CORTEX)]
    return list(_described(Path(dataset_dir))["columns"])


def table_datalist(dataset_dir: str | Path, split: str | None = None) -> list[dict[str, Any]]:
    """Return image (p,) float32, subject and session of each row of a prepared table's ``split`` (None: all).

    Reads the public table alone. Raises UserError: not prepared, no such split, nobody in it.
    """
    prepared = PreparedTable.load(dataset_dir, public_only=True)
    items = prepared.datalist(None if split is None else prepared.split(split))
    if not items:
        raise UserError(f"{dataset_dir}: nobody is in split {split!r}")
    return items


def table_fingerprint(columns: Sequence[str]) -> str:
    """Return what stands for a list of columns in latent tables and weights, whatever their order."""
    return f"table_{len(columns)}-{text_sha256(json.dumps(sorted(columns)))[:8]}"


def is_prepared_table(folder: str | Path) -> bool:
    """Say whether ``folder`` holds a prepared table (and not prepared scans)."""
    return (Path(folder) / MARKER).is_file()


def _described(folder: Path) -> dict[str, Any]:
    absent = f"{folder}: not a prepared table (no {MARKER}): run `brainaging prepare … --morphometry TABLE`"
    return read_marker(folder / MARKER, FORMAT, absent)
