"""Count which wrong orientations are found, and what the check costs: `python benchmarks/orientation.py`.

Every open brain of `../shared/data` (stripped ones alone) is written with its array and with its header in each of
the 47 other orders and flips of the axes, or in a draw of them (`--draws`). Printed: how many were refused, under
the right name, and how many of the untouched scans were refused; then seconds a scan of `t1w_chain` with and
without the check, one thread, by turns in one process.
"""

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import nibabel as nib
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from brainaging.transforms import ScanSteps, find_orientation, read_scan, t1w_chain
from brainaging.transforms.brain import coarse
from brainaging.transforms.checks.orientation import codes, header_axes, signed_permutations

DATA = Path(os.environ.get("BRAINAGING_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
BRAINS = ("ds002748/sub-*/anat/*_T1w.nii.gz", "freesurfer_mgz/*/mri/brain.mgz", "robustness/ms07*.nii.gz")
MIRROR = np.diag([-1.0, 1.0, 1.0])


def wrongly_written(
    volume: np.ndarray, affine: np.ndarray, change: np.ndarray
) -> dict[str, tuple[np.ndarray, ...]]:
    """Return a scan written wrongly in three ways: array, affine, and the axes (3, 3) that would be right."""
    axes, moved = header_axes(affine), np.abs(change).argmax(axis=0)
    flipped = [axis for axis in range(3) if change[moved[axis], axis] < 0]
    columns, world = affine.copy(), affine.copy()
    columns[:3, :3] = affine[:3, :3] @ change
    world[:3] = change @ affine[:3]
    return {
        "array reordered": (
            np.ascontiguousarray(np.flip(volume.transpose(moved), flipped)),
            affine,
            axes @ change,
        ),
        "header's columns": (volume, columns, axes),
        "world's axes": (volume, world, axes),
    }


def judged(volume: np.ndarray, affine: np.ndarray, right: np.ndarray) -> str:
    """Say what the check makes of a scan whose right axes are known, left and right aside."""
    finding = find_orientation(coarse(volume, affine))
    names = {codes(right), codes(MIRROR @ right)}
    if finding.header in names:
        return "left-right alone: passed" if finding.agrees else "left-right alone: refused"
    if finding.agrees:
        return "missed"
    return "found, named right" if {finding.fits, finding.mirrored} == names else "found, named wrong"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, help="wrong orders a scan, drawn at random; all 47 if left out")
    parser.add_argument("--scans", type=int, help="how many of the brains, evenly; all if left out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":  # read when the libraries load, so only a fresh start can set it
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "OMP_NUM_THREADS": "1"})
    torch.set_num_threads(1)
    paths = [path for pattern in BRAINS for path in sorted(DATA.glob(pattern))]
    if options.scans:
        paths = paths[:: max(1, len(paths) // options.scans)][: options.scans]
    rng = np.random.default_rng(options.seed)
    changes = [change for change in signed_permutations() if not (change == np.eye(3)).all()]
    counts: dict[str, Counter[str]] = {}
    alarms = 0
    for path in paths:
        volume, affine = read_scan(path)
        alarms += not find_orientation(coarse(volume, affine)).agrees
        drawn = range(len(changes)) if options.draws is None else rng.choice(len(changes), options.draws, False)
        for number in drawn:
            for way, (array, header, right) in wrongly_written(volume, affine, changes[number]).items():
                verdict = judged(array, header, right)
                counts.setdefault(way, Counter())[verdict] += 1
                if verdict in ("missed", "found, named wrong"):
                    print(f"{path.name}, {way}: {codes(right)} written as {codes(header_axes(header))}: {verdict}")
    console = Console(width=None if Console().is_terminal else 120)
    verdicts = sorted({verdict for counter in counts.values() for verdict in counter})
    table = Table("", *verdicts, title=f"{len(paths)} open brains, written wrongly")
    for way, counter in counts.items():
        table.add_row(way, *(str(counter[verdict]) for verdict in verdicts))
    console.print(table)
    console.print(f"{alarms} of {len(paths)} untouched scans refused")
    console.print(costs(paths[0], options.repeats))
    console.print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")


def costs(path: Path, repeats: int) -> Table:
    """Time the chain with and without the check, by turns, on a scan in native space and one in the template's."""
    volume, affine = read_scan(path)
    shift = affine.copy()
    scan = coarse(volume, affine)
    inside = np.argwhere(scan.volume > scan.threshold).mean(axis=0)
    shift[:3, 3] += np.array([0, -18, 6]) - (scan.affine[:3, :3] @ inside + scan.affine[:3, 3])
    table = Table("", "checked, s", "trusted, s", "ratio of medians", title=f"{path.name} on t1w_64")
    for space, image in (("native", str(path)), ("template", nib.Nifti1Image(volume, shift))):
        rules = ("check", "trust")
        chains = [t1w_chain("t1w_64", space=space, steps=ScanSteps(orientation=rule)) for rule in rules]
        times: list[list[float]] = [[], []]
        for repeat in range(repeats + 1):
            pairs = list(zip(chains, times, strict=True))
            for chain, spent in pairs if repeat % 2 else pairs[::-1]:  # who goes first pays for fresh memory
                begun = time.process_time()
                chain({"image": image})
                if repeat:
                    spent.append(time.process_time() - begun)
        checked, trusted = (statistics.median(spent) for spent in times)
        table.add_row(space, f"{checked:.3f}", f"{trusted:.3f}", f"{checked / trusted:.3f}")
    return table


if __name__ == "__main__":
    main()
