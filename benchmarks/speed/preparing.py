"""Preparation beside a plain MONAI chain and the floor of reading, by `benchmarks/preparation.py`."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from preparation import (
    SPACING_MM,
    make_scans,
    plain_chain,
    read_with_isal,
    read_with_nibabel,
    scans_per_second,
    time_side_by_side,
)

from brainaging.transforms import get_grid, t1w_chain
from speed.cells import Run
from speed.tables import Table, verdict
from speed.volumes import written_scans

GRID, OURS, PLAIN = "t1w_64", "ours", "plain MONAI chain"
PLAIN_BAR, TWO_BAR = 0.6, 1.7


def measured(run: Run) -> list[Table]:
    """Return the table of preparation, and measure what is not kept."""
    folder = run.data / "hcp"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [written_scans(folder, "t1w_96", 1).with_name("0.nii.gz")] if run.quick else make_scans(folder, 3)
    medians = run.kept("preparing", "chains", partial(_medians, paths, 1 if run.quick else 5 * run.turns))
    rows = []
    for name, seconds in medians.items():
        share = medians[OURS] / seconds
        bar = verdict(share, PLAIN_BAR, most=True) if name == PLAIN and not run.quick else ""
        rows.append([name, f"{seconds:.3f}", f"{share:.2f}", bar])
    if not run.quick:
        one, two = run.kept("preparing", "two processes", lambda: scans_per_second(paths, GRID))
        judged = verdict(two / one, TWO_BAR, most=False)
        rows.append(["two processes", f"{1 / two:.3f}", f"as one: × {two / one:.2f}", judged])
    note = (
        f"Volumes of HCP's size at {SPACING_MM} mm on {GRID}, one thread a process, medians of interleaved "
        "repeats; two processes by the best of eight bursts."
    )
    return [Table("Preparation", ("", "s a scan", "ours by this", "bar"), rows, (note,))]


def _medians(paths: list[Any], repeats: int) -> dict[str, float]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    methods: dict[str, Callable[[dict[str, str]], Any]] = {
        OURS: t1w_chain(GRID),
        PLAIN: plain_chain(get_grid(GRID)),
        "floor: nibabel, gzip": read_with_nibabel,
        "floor: isal": read_with_isal,
    }
    found = time_side_by_side(methods, paths, repeats)
    torch.set_num_threads(threads)
    return found
