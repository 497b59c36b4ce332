"""A morphometry table in memory: numbers, what each column measures, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.id_matching import match_rows
from brainaging.pipeline.data.cohorts.identity import split_id
from brainaging.pipeline.data.morphometry.columns import parse_column
from brainaging.pipeline.runtime import text_sha256

#: of several columns of intracranial volume the first of these serves as head size
HEAD_SIZES = (
    "eTIV",
    "EstimatedTotalIntraCranialVol",
    "FS_InterCranial_Vol",
    "FS_IntraCranial_Vol",
    "IntraCranialVol",
    "ICV",
    "sTIV",
    "sbTIV",
    "TIV",
)
COLUMN_FACTS = ("structure", "hemisphere", "measure", "atlas", "unit")


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({"column": [], "reason": []}, dtype=object)


@dataclass(frozen=True, eq=False)
class Morphometry:
    """One row a person, or a session of one; one column a measure.

    ``values``: float64, index "subject" (str, unique as read: an id has its visit), columns named as in the file,
    NaN where missing.
    ``columns``: index the names, columns structure, hemisphere, measure, atlas, unit (see :class:`Column`).
    ``dropped`` (column, reason) and ``excluded`` (subject, reason) are what was left out; ``notes`` are lines for
    the user.
    """

    values: pd.DataFrame
    source: str = ""
    dropped: pd.DataFrame = field(default_factory=_nothing)
    excluded: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"subject": [], "reason": []}, dtype=object)
    )
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def columns(self) -> pd.DataFrame:
        """What each column measures."""
        return describe(list(self.values.columns))

    @property
    def head_size_column(self) -> str | None:
        """The column that holds intracranial volume, None where there is none."""
        return head_size_column(list(self.values.columns))

    def head_size(self) -> np.ndarray:
        """Return intracranial volume (n,) in mL, NaN where it is unknown."""
        name = self.head_size_column
        return np.full(len(self), np.nan) if name is None else self.values[name].to_numpy(dtype=float) / 1000

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers, by subject and by column, in whatever order they stand."""
        ordered = self.values.sort_index().sort_index(axis=1)
        return text_sha256(ordered.to_csv(lineterminator="\n", float_format="%.9g"))

    def rows_of(self, scans: Sequence[tuple[str, str]]) -> tuple[np.ndarray, dict[int, str]]:
        """Return each scan's row (−1 where there is none), and why, by position, where there is none.

        ``scans`` are subject and session. Ids are compared by :mod:`brainaging.pipeline.data.cohorts.identity`: a
        visit in a row's id is its session; spellings match where exactly one id on each side answers.
        """
        ids = [split_id(str(name)) for name in self.values.index]
        found, reasons = match_rows(scans, [(part.person, part.session) for part in ids])
        absent = {row: reasons.get(row, "not in the morphometry table") for row, at in enumerate(found) if at < 0}
        return np.array(found, dtype=int), absent


def describe(names: Sequence[str]) -> pd.DataFrame:
    """Return what columns of these names measure: index the names, columns :data:`COLUMN_FACTS`."""
    parsed = [parse_column(name) for name in names]
    facts = {fact: [getattr(column, fact) for column in parsed] for fact in COLUMN_FACTS}
    return pd.DataFrame(facts, index=pd.Index(list(names), name="column"), dtype=object)


def head_size_columns(names: Sequence[str]) -> list[str]:
    """Return those of the names that are intracranial volume, FreeSurfer's estimate first (:data:`HEAD_SIZES`)."""
    heads = [
        name for name in names if (parse_column(name).structure, parse_column(name).measure) == ("eTIV", "volume")
    ]
    return sorted(heads, key=lambda name: HEAD_SIZES.index(name) if name in HEAD_SIZES else len(HEAD_SIZES))


def head_size_column(names: Sequence[str]) -> str | None:
    """Return the column that serves as head size, whatever the names' order; None where there is none."""
    return next(iter(head_size_columns(names)), None)


def exponents(names: Sequence[str]) -> np.ndarray:
    """Return how each column (p,) scales with head size, for proportions: volume 1, area 2/3, anything else 0."""
    powers = {"volume": 1.0, "area": 2 / 3, "voxels": 1.0, "vertices": 2 / 3}
    return np.array([powers.get(parse_column(name).measure, 0.0) for name in names])
