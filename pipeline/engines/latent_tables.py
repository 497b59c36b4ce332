"""The latent table: one row a scan, one column a code, the grid beside them."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from brainaging.pipeline.runtime import UserError, atomic_output


def write_latents(path: str | Path, subjects: list[str], latents: NDArray[np.float32], grid: str) -> None:
    """Write latents ``(n, L)`` as a CSV with columns ``subject, grid, z0000, z0001, …``.

    Args:
        path: the CSV.
        subjects: identifiers, in the order of the rows.
        latents: the codes.
        grid: fingerprint of the grid that the network works on.
    """
    names = [f"z{i:04d}" for i in range(latents.shape[1])]
    table = pd.DataFrame(latents, columns=names)
    table.insert(0, "subject", subjects)
    table.insert(1, "grid", grid)
    with atomic_output(path) as temporary:
        # Nine digits bring every float32 back.
        table.to_csv(temporary, index=False, float_format="%.9g")


def read_latents(path: str | Path, grid: str | None = None) -> tuple[list[str], NDArray[np.float32]]:
    """Return the subjects and latents ``(n, L)`` of a table that :func:`write_latents` wrote.

    Raises:
        UserError: there is no such table, it lacks a column or holds something else than numbers, or comes from
            another grid than ``grid``.
    """
    try:
        # A subject may be called "NA" or "007".
        table = pd.read_csv(path, dtype={"subject": str, "grid": str}, na_filter=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: no latent table ({str(error).splitlines()[0]})") from error
    missing = [name for name in ("subject", "grid", "z0000") if name not in table.columns]
    if missing:
        raise UserError(f"{path}: no latent table, column {missing[0]!r} is missing")
    grids = set(table["grid"])
    if grid is not None and grids != {grid}:
        raise UserError(f"{path}: these latents come from grid {', '.join(sorted(grids))}, expected {grid}")
    codes = table.drop(columns=["subject", "grid"])
    try:
        return list(table["subject"]), codes.to_numpy(np.float32)
    except ValueError as error:
        raise UserError(f"{path}: expected numbers in every column z0000, …: {error}") from error
