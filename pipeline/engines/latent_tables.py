"""The latent table: one row a scan, one column a code, the grid beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from brainaging.pipeline.runtime import UserError, atomic_output, check_own
from brainaging.pipeline.runtime.unreadable import found_in


class LatentTable(NamedTuple):
    """Whose the latents ``(n, L)`` are: a subject and a session ("" where there is one scan) each."""

    subjects: list[str]
    sessions: list[str]
    latents: NDArray[np.float32]


def write_latents(
    path: str | Path,
    scans: Sequence[tuple[str, str]],
    latents: NDArray[np.float32],
    grid: str,
) -> None:
    """Write latents ``(n, L)`` as a CSV with columns ``subject, session, grid, z0000, z0001, …``.

    Args:
        path: the CSV.
        scans: subject and session of each row, "" where the subject has one scan.
        latents: the codes.
        grid: fingerprint of the grid that the network works on.

    Raises:
        UserError: a file that is no table of latents stands there, or a latent is NaN or infinite.
    """
    if bad := int((~np.isfinite(latents)).any(axis=1).sum()):
        raise UserError(
            f"{path}: expected finite latents, found NaN or infinity in {bad} of {len(latents)} rows: "
            "do the weights fit these data?"
        )
    check_own(path, ("subject,session,grid,", "subject,grid,"), "a table of latents")
    names = [f"z{i:04d}" for i in range(latents.shape[1])]
    table = pd.DataFrame(latents, columns=names)
    table.insert(0, "subject", [subject for subject, _ in scans])
    table.insert(1, "session", [session for _, session in scans])
    table.insert(2, "grid", grid)
    with atomic_output(path) as temporary:
        # Nine digits bring every float32 back.
        table.to_csv(temporary, index=False, float_format="%.9g")


def read_latents(path: str | Path, grid: str | None = None) -> LatentTable:
    """Return the subjects, sessions and latents ``(n, L)`` of a table that :func:`write_latents` wrote.

    Without a column ``session``, as earlier versions wrote it, sessions are "".

    Raises:
        UserError: there is no such table, it lacks a column or holds something else than numbers, or comes from
            another grid than ``grid``.
    """
    try:
        # A subject may be called "NA" or "007".
        table = pd.read_csv(path, dtype={"subject": str, "session": str, "grid": str}, na_filter=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: no latent table: found {found_in(error)}") from error
    missing = [name for name in ("subject", "grid", "z0000") if name not in table.columns]
    if missing:
        raise UserError(f"{path}: no latent table, column {missing[0]!r} is missing")
    grids = set(table["grid"])
    if grid is not None and grids != {grid}:
        raise UserError(f"{path}: these latents come from grid {', '.join(sorted(grids))}, expected {grid}")
    sessions = list(table["session"]) if "session" in table.columns else [""] * len(table)
    codes = table.drop(columns=["subject", "session", "grid"], errors="ignore")
    try:
        return LatentTable(list(table["subject"]), sessions, codes.to_numpy(np.float32))
    except ValueError as error:
        raise UserError(f"{path}: expected numbers in every column z0000, …, found something else") from error
