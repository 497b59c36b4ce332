"""Tables that lie on their side: a row a measure, a column a subject, as FreeSurfer's ``--transpose`` writes
them.
"""

from dataclasses import dataclass

import pandas as pd

from brainaging.pipeline.data.cohorts.tables import TextTable
from brainaging.pipeline.data.morphometry.columns import parse_column

# names that say nothing of which way a table lies
_FEWEST = 2


@dataclass(frozen=True)
class TransposedTable(TextTable):
    """A table that was turned: its rows were columns, and messages name them so."""

    def where(self, line: int) -> str:
        """Return the place of a row: ``file column n``."""
        return f"{self.path.name} column {line}"


def upright(table: TextTable, notes: list[str]) -> TextTable:
    """Return a table with a row a subject; one whose first column names measures, and its header none, is
    turned.
    """
    header = [str(name) for name in table.frame.columns]
    down = [str(cell) for cell in table.frame[header[0]]] if header.count(header[0]) == 1 else []
    if len(down) < _FEWEST or _measures(header[1:]) or _measures(down) <= len(down) / 2:
        return table
    notes.append(f"{table.path.name}: a column a subject, {len(down)} rows of measures: turned")
    frame = table.frame.iloc[:, 1:].T.reset_index(drop=True)
    frame.columns = pd.Index(down)
    frame.insert(0, header[0], header[1:])
    # the first column held the names
    frame.index = pd.Index(range(2, len(frame) + 2))
    return TransposedTable(table.path, frame, table.comma_decimal)


def _measures(names: list[str]) -> int:
    return sum(parse_column(name).measure != "other" for name in names)
