"""Rows of measures that a trained network is to read: a prepared table, or a table as FreeSurfer writes it."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.data.cohorts.identity import split_id
from brainaging.pipeline.data.morphometry.prepared_table import is_prepared_table, table_datalist
from brainaging.pipeline.data.morphometry.read import read_morphometry
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)
#: share of a network's columns that a table must have: of fewer, most of what is read would be the training mean.
#: Sensitivity: which tables are refused, and no number
FEWEST = 0.5


def rows_to_read(source: str | Path, columns: Sequence[str], split: str | None = None) -> list[dict[str, Any]]:
    """Return image (p,) float32, subject and session of each row of a table, for MONAI.

    Args:
        source: a folder that `brainaging prepare --morphometry` wrote, or what :func:`read_morphometry` reads; of
            that the network's columns are taken, and those that it lacks are missing (NaN).
        columns: of the network, in its order.
        split: of a prepared table, None for all.

    Raises:
        UserError: no such table, a split of a table that is not prepared, or one that has fewer than half of the
            columns.
    """
    if is_prepared_table(source):
        return table_datalist(source, split)
    if not Path(source).exists():
        raise UserError(f"{source}: not a prepared table, nor a table: no such file or folder")
    if split is not None:
        raise UserError(f"{source}: expected a prepared table to take split {split!r} of, found another")
    table = read_morphometry(source, keep=columns).values
    there = [name for name in columns if name in table]
    if len(there) < FEWEST * len(columns):
        absent = next(name for name in columns if name not in table)
        raise UserError(
            f"{source}: expected at least half of the {len(columns)} columns that these weights know, found "
            f"{len(there)} ({absent} is missing)"
        )
    if len(there) < len(columns):
        log.warning("%s: %d of %d columns are missing", source, len(columns) - len(there), len(columns))
    values = table.reindex(columns=list(columns)).to_numpy(np.float32)
    scans = [split_id(str(name)) for name in table.index]
    return [
        {"image": row, "subject": scan.person, "session": scan.session}
        for row, scan in zip(values, scans, strict=True)
    ]
