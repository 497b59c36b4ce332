"""Scans, or rows of a table, that a trained network is to read: prepared ones, or as they lie on the disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.cli.work.chosen import check_fits, load_prepared, reads_tables
from brainaging.pipeline.data import ScanSource
from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.data.morphometry import (
    PreparedTable,
    is_prepared_table,
    rows_to_read,
    table_fingerprint,
)
from brainaging.pipeline.data.scan_source import is_scan
from brainaging.pipeline.engines import known_columns, read_checkpoint, weights_grid
from brainaging.pipeline.runtime import UserError, counted
from brainaging.transforms import LoadOnGridd


@dataclass(frozen=True)
class Inputs:
    """What a network reads.

    Attributes:
        keys: subject and session of each.
        values: (n, X, Y, Z) on the weights' grid, or rows (n, p) of the weights' columns.
        fingerprint: of grid or columns.
    """

    keys: list[tuple[str, str]]
    values: np.ndarray
    fingerprint: str


def is_prepared(source: Path) -> bool:
    """Say whether `brainaging prepare` wrote a folder: scans on a grid, or a table."""
    return (source / "prepared.json").is_file() or is_prepared_table(source)


def holds_table(source: Path) -> bool:
    """Say whether a place holds measures, prepared or not, and no scans: in a cohort's folder they lie deeper.

    Raises:
        UserError: it does not exist.
    """
    if not source.exists():
        raise UserError(f"{source}: expected scans or a table, found no such file or folder")
    if is_prepared(source):
        return is_prepared_table(source)
    return not any(map(is_scan, [source] if source.is_file() else source.rglob("*")))


def inputs_of(source: Path, bundle: Path, weights: Path, space: Space) -> Inputs:
    """Return what a bundle's network is to read.

    Args:
        source: what `brainaging prepare` wrote; a scan or a folder of scans; a table of measures.
        bundle: the bundle's folder.
        weights: the checkpoint whose grid, or columns, scans and tables that are not prepared get.
        space: of scans that are not prepared.

    Raises:
        UserError: scans for a bundle of tables, or the other way round; or as :class:`ScanSource` and
            :func:`rows_to_read`.
        ScanError: a scan that cannot be used.
    """
    if is_prepared(source):
        ready = load_prepared(source)
        check_fits(bundle, ready)
        values = ready.values if isinstance(ready, PreparedTable) else ready.volumes()
        return Inputs(ready.cohort.scan_keys, values, ready.fingerprint)
    if reads_tables(bundle):
        columns = known_columns(weights)
        rows = rows_to_read(source, columns)
        return Inputs(_keys(rows), np.stack([row["image"] for row in rows]), table_fingerprint(columns))
    grid = weights_grid(read_checkpoint(weights), weights)
    scans = ScanSource(str(source), space)
    items, load = scans.items(), LoadOnGridd("image", grid, scans=scans.space)
    volumes = [np.asarray(load({"image": item["image"]})["image"])[0] for item in counted(items, "placing scans")]
    return Inputs(_keys(items), np.stack(volumes), grid.fingerprint)


def _keys(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(str(item["subject"]), str(item["session"])) for item in items]
