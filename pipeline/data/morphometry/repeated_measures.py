"""One measure that stands in several columns: kept once where the numbers agree, refused where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.morphometry.cells import Cells

#: numbers that differ by no more are one number, rounded
ROUNDED = 0.01


@dataclass(frozen=True)
class Measured:
    """A column of a file: its name there, FreeSurfer's ``own``, its cells, and the unit that the name states."""

    name: str
    own: str
    cells: Cells
    unit: str = ""


def differing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return which of two columns' numbers (n,) are known in both and differ by more than rounding."""
    both = np.isfinite(first) & np.isfinite(second)
    return both & ~np.isclose(first, second, rtol=ROUNDED, atol=0)


def once(path: Path, measured: Sequence[Measured], dropped: list[tuple[str, str]]) -> dict[str, Measured]:
    """Return the columns by FreeSurfer's own name, a measure that stands twice with the same numbers kept once.

    What one of them lacks is not filled from the other. Columns that are left out are added to ``dropped``.

    Raises:
        CohortError: two columns are one measure and have different numbers, as a join of two visits leaves them.
    """
    kept: dict[str, Measured] = {}
    for column in measured:
        first = kept.setdefault(column.own, column)
        if first is column:
            continue
        apart = differing(first.cells.values, column.cells.values)
        if apart.any():
            twice = (
                f"column {column.name!r} stands 2 times"
                if column.name == first.name
                else f"columns {first.name!r} and {column.name!r} are one measure ({column.own})"
            )
            raise CohortError.single(
                f"{path}: {twice}, with other numbers for {int(apart.sum())} of {len(apart)} people: keep one (or "
                "name the atlas: …_DKT)"
            )
        dropped.append((column.name, f"the same numbers stand in {first.name!r}"))
    return kept
