"""A cohort on disk: the public table as CSV, and a sidecar that says where the restricted CSV is kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.tables import read_table
from brainaging.pipeline.data.cohorts.validate import PUBLIC_COLUMNS
from brainaging.pipeline.runtime import check_own, file_sha256, write_json, write_text

FORMAT = "brainaging cohort 1"
#: how the sidecar begins, whatever the format's version
SIDECAR_BEGINS = '{\n  "format": "brainaging cohort'
EXCLUDED_COLUMNS = ("subject", "reason")


def sidecar_path(csv_path: str | Path) -> Path:
    """Return where the sidecar of a cohort's CSV stands: beside it, ending in ``.json``."""
    return Path(csv_path).with_suffix(".json")


def has_sidecar(csv_path: str | Path) -> bool:
    """Say whether ``csv_path`` is a cohort that was written here, and not a user's own CSV."""
    try:
        content = json.loads(sidecar_path(csv_path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def restricted_pointer(path: Path | None) -> dict[str, str] | None:
    """Return path and SHA-256 of the user's restricted CSV: all of it that a sidecar may hold."""
    return None if path is None else {"path": str(path), "sha256": file_sha256(path)}


def write_table(csv_path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, atomically (UTF-8, commas, numbers in full)."""
    write_text(csv_path, table.to_csv(index=False, lineterminator="\n"))


def write_cohort(csv_path: Path, table: pd.DataFrame, sidecar: dict[str, Any], excluded: pd.DataFrame) -> None:
    """Write CSV, sidecar, and ``excluded.csv`` where someone was set aside (or an old one stands there).

    The sidecar goes last and holds the digest of the table: a pair that does not belong together is noticed. A
    file of the user's own is never written over: the table that was read, HCP's CSVs, BIDS' participants.json.

    Raises:
        UserError: a file that is no cohort's stands where one of these would.
    """
    aside = csv_path.with_name("excluded.csv")
    check_own(csv_path, (",".join(PUBLIC_COLUMNS),), "a cohort's table")
    check_own(sidecar_path(csv_path), (SIDECAR_BEGINS,), "the sidecar of a cohort's table")
    if len(excluded):
        check_own(aside, (",".join(EXCLUDED_COLUMNS),), "a list of who was set aside")
    if len(excluded) or (aside.is_file() and aside.read_bytes().startswith(",".join(EXCLUDED_COLUMNS).encode())):
        write_table(aside, excluded)
    write_table(csv_path, table)
    write_json(sidecar_path(csv_path), {"format": FORMAT, **sidecar, "excluded": excluded.to_dict("records")})


def read_cohort_files(csv_path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the table (public columns, then others as str) and the sidecar that ``write_cohort`` wrote."""
    if not csv_path.is_file():
        raise CohortError.single(f"{csv_path}: no such cohort")
    if not has_sidecar(csv_path):
        raise CohortError.single(
            f"{csv_path}: {sidecar_path(csv_path).name} is not beside it, so this is no written cohort: "
            "run `brainaging cohort` on it first"
        )
    frame = read_table(csv_path).frame.reset_index(drop=True)
    missing = [name for name in PUBLIC_COLUMNS if name not in frame.columns]
    if missing:
        raise CohortError.single(f"{csv_path}: no column {', '.join(missing)}")
    try:
        frame["age_years"] = [float(text) if text else np.nan for text in frame["age_years"]]
    except ValueError as error:
        raise CohortError.single(f"{csv_path}: column age_years: expected numbers, {error}") from error
    return frame, json.loads(sidecar_path(csv_path).read_text(encoding="utf-8"))


def restricted_file(sidecar: dict[str, Any], csv_path: Path, moved_to: Path | None) -> Path | None:
    """Return the restricted CSV to read again (``moved_to`` where given), checked to be the cohort's own.

    Raises :class:`CohortError` where it is gone or has changed: going on without it would lose the families.
    """
    pointer = sidecar.get("restricted")
    if pointer is None:
        return moved_to
    path = Path(moved_to or pointer["path"])
    if not path.is_file():
        raise CohortError.single(f"{csv_path}: its restricted CSV is not at {path}: give its place (--restricted)")
    if file_sha256(path) != pointer["sha256"]:
        raise CohortError.single(
            f"{csv_path}: the restricted CSV {path} has changed since: run `brainaging cohort` again"
        )
    return path
