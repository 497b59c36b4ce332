"""Time the preparation of HCP-size volumes, side by side in one run: `python benchmarks/preparation.py`.

Volumes of 260 × 311 × 260 voxels at 0.7 mm (`.nii.gz`, float32) come from the simulator. Compared on one grid, one
thread, medians of interleaved repeats:

- ours: `t1w_chain`;
- the plain MONAI chain: LoadImaged, EnsureChannelFirstd, Orientationd, Spacingd, ResizeWithPadOrCropd,
  NormalizeIntensityd (which neither low-passes nor checks anything);
- two floors, reading and decompressing alone: nibabel with Python's gzip, and isal's gzip into an array.

Then two processes against one, the best of several bursts. Run it on an idle machine: the load is printed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import torch
from isal import igzip
from monai.transforms import (
    Compose,
    EnsureChannelFirstd,
    LoadImaged,
    NormalizeIntensityd,
    Orientationd,
    ResizeWithPadOrCropd,
    Spacingd,
)
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.transforms import GridSpec, get_grid, t1w_chain

SPACING_MM = 0.7
BUFFER = 1 << 20
_chain: Callable[[Any], Any]  # a worker's own


def make_scans(folder: Path, count: int) -> list[Path]:
    """Render `count` subjects at HCP's size; those already in the folder are kept."""
    scenario = load_scenario("hcp-ya")
    paths = [folder / f"{number}.nii.gz" for number in range(count)]
    if all(path.exists() for path in paths):
        return paths
    renderer = Renderer(scenario, seed=0, spacing=SPACING_MM)
    for path, cause in zip(paths, draw_causes(scenario, 0, count), strict=True):
        rendered = renderer.render(cause)
        image = nib.Nifti1Image(np.asarray(rendered.image, np.float32), rendered.affine)
        image.set_sform(rendered.affine, code="mni")
        nib.save(image, path)
    return paths


def plain_chain(grid: GridSpec) -> Compose:
    """Return the chain that a MONAI tutorial writes."""
    return Compose(
        [
            LoadImaged("image", image_only=True),
            EnsureChannelFirstd("image"),
            Orientationd("image", axcodes="RAS", labels=None),
            Spacingd("image", pixdim=(grid.spacing,) * 3),
            ResizeWithPadOrCropd("image", grid.shape),
            NormalizeIntensityd("image", nonzero=True),
        ]
    )


def read_with_nibabel(item: dict[str, str]) -> np.ndarray:
    """Read and decompress alone, Python's gzip."""
    return np.asarray(nib.load(item["image"]).dataobj)


def read_with_isal(item: dict[str, str]) -> int:
    """Read and decompress alone, isal's gzip, into memory made beforehand in one piece."""
    data = np.empty(_voxel_bytes(item), np.uint8)
    filled = 0
    with igzip.open(item["image"]) as stream:
        while count := stream.readinto(data[filled:].data):
            filled += count
    return filled


def _voxel_bytes(item: dict[str, str]) -> int:
    image = nib.load(item["image"])
    return int(np.prod(image.shape)) * image.get_data_dtype().itemsize + 352


def _start_worker(grid: str) -> None:
    torch.set_num_threads(1)
    global _chain
    _chain = t1w_chain(grid)


def _prepare(path: str) -> float:
    return float(_chain({"image": path})["image"].mean())


def scans_per_second(paths: list[Path], grid: str, bursts: int = 8) -> tuple[float, float]:
    """Best throughput of one process and of two, in bursts of 6 scans by turns.

    The best burst is what the machine can do; whatever else runs on it only takes away.
    """
    jobs = [str(paths[number % len(paths)]) for number in range(6)]
    best = {1: 0.0, 2: 0.0}
    with ExitStack() as stack:
        pools = {}
        for workers in best:
            pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start_worker, initargs=(grid,))
            pools[workers] = stack.enter_context(pool)
            list(pool.map(_prepare, jobs))
        for _ in range(bursts):
            for workers, pool in pools.items():
                start = time.perf_counter()
                list(pool.map(_prepare, jobs))
                best[workers] = max(best[workers], len(jobs) / (time.perf_counter() - start))
    return best[1], best[2]


def time_side_by_side(
    methods: dict[str, Callable[[dict[str, str]], Any]], paths: list[Path], repeats: int
) -> dict[str, float]:
    """Median seconds a scan, the methods taking turns so that a busy moment hits all of them."""
    for method in methods.values():
        method({"image": str(paths[0])})
    times: dict[str, list[float]] = {name: [] for name in methods}
    for repeat in range(repeats):
        item = {"image": str(paths[repeat % len(paths)])}
        for name, method in methods.items():
            start = time.perf_counter()
            method(dict(item))
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grid", default="t1w_64")
    parser.add_argument("--scans", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--folder", type=Path, help="keep the volumes here")
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":  # read when the libraries load, so only a fresh start can set it
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "OMP_NUM_THREADS": "1"})
    torch.set_num_threads(1)
    grid = get_grid(options.grid)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = make_scans(folder, options.scans)
        methods: dict[str, Callable[[dict[str, str]], Any]] = {
            "ours": t1w_chain(grid),
            "plain MONAI chain": plain_chain(grid),
            "floor: nibabel, gzip": read_with_nibabel,
            "floor: isal": read_with_isal,
        }
        medians = time_side_by_side(methods, paths, options.repeats)
        one, two = scans_per_second(paths, grid.name)
        shape = " × ".join(str(n) for n in nib.load(paths[0]).shape)
    console = Console()
    table = Table(title=f"{shape} at {SPACING_MM} mm on {grid.name}, medians of {options.repeats}")
    for column in ("", "s a scan", "ours / this", "aim"):
        table.add_column(column, justify="left" if not column else "right")
    aims = {"plain MONAI chain": "≤ 0.6", "floor: isal": "< 2"}
    for name, seconds in medians.items():
        table.add_row(name, f"{seconds:.3f}", f"{medians['ours'] / seconds:.2f}", aims.get(name, ""))
    console.print(table)
    scaling = f"one process {one:.2f} scans a second, two {two:.2f}: × {two / one:.2f}"
    console.print(f"{scaling} (best bursts; aim ≥ 1.7)")
    console.print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
