"""What a cache in float16 or uint8 loses, holds and costs in time: `python benchmarks/cache_types.py --out OUT`.

Loss: simulated people are prepared on a grid. The root mean square of what a type changes in the brain stands
beside that of placing the same scan again (the same head without noise, its voxels moved by half of one) and of
the scan's noise at that grid (with it and without it). White matter is about 1.

Held: what a process of its own grows by as its memory cache is filled with `--held` volumes, beside the volumes'
bytes, and how long reading all of them takes.

Waiting: the share of steps that a bundle's training waits for its data, of each epoch after the first, as the line
of progress tells it: the bundle's own train config without validation and start, on `--scans` scans.

    python benchmarks/cache_types.py --out /tmp/caches --parts loss --grids t1w_64 t1w_128
"""

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from ignite.engine import Events
from rich.console import Console
from rich.table import Table
from speed.ours import BUNDLES, our_trainer
from speed.volumes import prepared_scans

from brainaging.pipeline.data import Prepared, cached_dataset, prepare, read_cohort
from brainaging.pipeline.data.packed_volumes import CACHE_TYPES, packed, unpacked
from brainaging.pipeline.handlers import EpochProgress
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.pipeline.simulate.hcp_layout import write_image
from brainaging.transforms import LoadOnGridd, get_grid, template_mask

PARTS = ("loss", "held", "waiting")
#: share of steps that may be spent waiting after the first epoch
BAR = 0.03
#: voxels of the simulated scans in mm
SPACING_MM = 1.0
BATCH, EPOCHS = 10, 4
console = Console(width=120)


def written(folder: Path, people: int) -> dict[str, Path]:
    """Return cohorts of the same people: as scanned, without noise, and without noise half a voxel away."""
    scenario = load_scenario("hcp-ya")
    plain = Renderer(scenario, 0, SPACING_MM)
    moved = plain.affine.copy()
    moved[:3, 3] += SPACING_MM / 2
    kinds = {
        "scan": (plain, True),
        "clean": (plain, False),
        "again": (Renderer(scenario, 0, SPACING_MM, affine=moved), False),
    }
    cohorts = {}
    for kind, (renderer, noise) in kinds.items():
        cohorts[kind] = folder / kind / "cohort.csv"
        if cohorts[kind].is_file():
            continue
        rows = ["path,subject,sex,age,space"]
        for cause in draw_causes(scenario, 0, people):
            write_image(folder / kind / f"{cause.subject}.nii.gz", renderer.render(cause, noise=noise))
            rows.append(f"{cause.subject}.nii.gz,{cause.subject},{cause.sex},{cause.age:.1f},template")
        cohorts[kind].write_text("\n".join(rows), encoding="utf-8")
    return cohorts


def loss(out: Path, grids: Sequence[str], people: int) -> Table:
    """Return what types change, beside placing again and noise."""
    table = Table(title=f"root mean square change in the brain, {people} people; white matter is about 1")
    for column in ("grid", "float16", "uint8", "placing again", "noise", "largest: float16", "uint8"):
        table.add_column(column, justify="right")
    cohorts = written(out / "people", people)
    for name in grids:
        grid = get_grid(name)
        volumes = {
            kind: prepare(read_cohort(cohort), grid, out / name / kind, progress=False).volumes()
            for kind, cohort in cohorts.items()
        }
        brain = template_mask(grid)
        scans = torch.from_numpy(volumes["scan"])
        back = {kind: np.stack([unpacked(packed(scan, kind)).numpy() for scan in scans]) for kind in CACHE_TYPES}
        changes = {kind: (value - volumes["scan"])[:, brain] for kind, value in back.items()}
        changes["again"] = (volumes["again"] - volumes["clean"])[:, brain]
        changes["noise"] = (volumes["scan"] - volumes["clean"])[:, brain]
        squares = (
            f"{float(np.sqrt(np.mean(changes[k] ** 2))):.2g}" for k in ("float16", "uint8", "again", "noise")
        )
        table.add_row(name, *squares, *(f"{np.abs(changes[kind]).max():.2g}" for kind in ("float16", "uint8")))
    return table


def _held(folder: Path, grid: str, count: int, cache_type: Any) -> tuple[float, float, float]:
    """Return GB that this process grows by, seconds to fill a cache, and milliseconds to read a volume."""
    torch.set_num_threads(1)
    items = Prepared.load(folder).datalist()
    items = [items[number % len(items)] for number in range(count)]
    cached_dataset(items[:1], [LoadOnGridd("image", grid)], "memory", cache_type=cache_type)[0]  # imports
    before, begun = psutil.Process().memory_info().rss, time.process_time()
    dataset = cached_dataset(items, [LoadOnGridd("image", grid)], "memory", cache_type=cache_type)
    filled, grown = time.process_time() - begun, psutil.Process().memory_info().rss - before
    begun = time.process_time()
    for row in range(count):
        dataset[row]["image"].sum()
    return grown / 1e9, filled, 1e3 * (time.process_time() - begun) / count


def held(out: Path, grids: Sequence[str], scans: int, count: int) -> Table:
    """Return what each type holds of ``count`` volumes."""
    table = Table(title=f"a memory cache of {count} volumes, one thread")
    for column in ("grid", "type", "volumes, GB", "grown by, GB", "filled in, s", "read, ms a volume"):
        table.add_column(column, justify="right")
    for grid in grids:
        folder = prepared_scans(out / "nobody", grid, scans).folder
        for kind in CACHE_TYPES:
            volumes = count * np.prod(get_grid(grid).shape) * {"float32": 4, "float16": 2, "uint8": 1}[kind]
            grown, filled, read = _apart(_held, folder, grid, count, kind)
            table.add_row(grid, kind, f"{volumes / 1e9:.3f}", f"{grown:.3f}", f"{filled:.1f}", f"{read:.2f}")
    return table


def _waiting(bundle: str, folder: Path, cache_type: str, threads: int) -> tuple[list[float], float]:
    """Return the share of each epoch after the first, and the seconds of a step."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    trainer = our_trainer(bundle, Prepared.load(folder), BATCH, "cpu", cache_type)
    trainer.state.max_epochs = EPOCHS
    epochs, shares, seconds = EpochProgress(bundle), [], []
    epochs.attach(trainer)

    @trainer.on(Events.EPOCH_COMPLETED)
    def note() -> None:
        shares.append(epochs.waiting)
        seconds.append(epochs.stepping.value() / trainer.state.epoch_length)

    trainer.run()
    return shares[1:], float(np.median(seconds[1:]))


def waiting(out: Path, grids: Sequence[str], scans: int, threads: int) -> Table:
    """Return the share of waiting of three bundles and each type."""
    how = f"epochs 2 to {EPOCHS}, {scans} scans, batch {BATCH}, {threads} thread(s)"
    table = Table(title=f"share of steps spent waiting for data, {how}")
    for column in ("bundle", "grid", "type", "s a step", "least", "most", f"under {BAR:.0%}"):
        table.add_column(column, justify="right")
    for grid in grids:
        folder = prepared_scans(out / "nobody", grid, scans).folder
        for kind, bundle in BUNDLES.items():
            for cache_type in CACHE_TYPES:
                shares, step = _apart(_waiting, kind, folder, cache_type, threads)
                verdict = "yes" if max(shares) < BAR else "no"
                words = (f"{min(shares):.2%}", f"{max(shares):.2%}", verdict)
                table.add_row(bundle, grid, cache_type, f"{step:.2f}", *words)
    return table


def _apart(measure: Callable[..., Any], *arguments: Any) -> Any:
    """Return what ``measure`` returns in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of scans, kept for the next time")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--grids", nargs="+", default=["t1w_64"])
    parser.add_argument("--people", type=int, default=6, help="simulated, for the loss")
    parser.add_argument("--scans", type=int, default=40, help="of which a training has an epoch")
    parser.add_argument("--held", type=int, default=400, help="volumes in the cache whose memory is measured")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    for part in options.parts:
        if part == "loss":
            table = loss(options.out, options.grids, options.people)
        elif part == "held":
            table = held(options.out, options.grids, options.scans, options.held)
        else:
            table = waiting(options.out, options.grids, options.scans, options.threads)
        console.print(table)


if __name__ == "__main__":
    main()
