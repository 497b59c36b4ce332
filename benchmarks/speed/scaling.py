"""How time and memory grow with people and with voxels: exponents of power laws."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from brainaging.networks import T1wAutoencoder
from brainaging.pipeline.data import prepare, read_cohort
from brainaging.pipeline.engines import encode_volumes
from brainaging.transforms import get_grid, template_mask
from speed.cells import Run
from speed.exponents import fitted_exponent
from speed.group_statistics import maps_of, scores_of
from speed.ours import our_trainer
from speed.tables import Table, verdict
from speed.timing import apart, clock
from speed.volumes import brains, prepared_scans, written_scans

#: people; grids and their voxels
PEOPLE, GRIDS = (100, 300, 1000), ("t1w_32", "t1w_64", "t1w_96", "t1w_128")
GRID, BATCH, PERMUTATIONS = "t1w_32", 4, 200
#: bars of issue 22: of time in n and in voxels, of the peak in n, of training's memory in voxels
TIME_IN_N, IN_VOXELS, PEAK_IN_N = 1.05, 1.1, 0.1
STEPS = 4


def measured(run: Run) -> list[Table]:
    """Return the tables of growth with people and with voxels, and measure what is not kept."""
    return [_in_people(run), _in_voxels(run)]


def _in_people(run: Run) -> Table:
    counts = (8, 16) if run.quick else PEOPLE
    works: dict[str, Callable[[int, Path], dict[str, float]]] = {
        "training epoch, autoencoder": epoch_of,
        "prepare": prepare_of,
        "encode": encode_of,
        "statistics: maps": maps_cost,
        "statistics: scores": scores_cost,
    }
    if run.quick:
        works = {"encode": encode_of}
    rows = []
    for name, work in works.items():
        if work in (epoch_of, prepare_of):
            # made before it is timed
            for count in counts:
                prepared_scans(run.data, GRID, count)
        cells = {
            count: run.kept("scaling", f"{name}-{count}", partial(_cost, run.quick, work, count, run.data))
            for count in counts
        }
        peak_bar = PEAK_IN_N if work is not epoch_of else None
        rows.append([name, *_growth(cells, TIME_IN_N, peak_bar)])
    note = (
        f"On {GRID}; seconds of the processor where one thread is asked for. Peaks are of whole processes, the "
        "program and the scans in memory among them."
    )
    columns = ("what", "n", "s", "exponent of time", "bar", "peak, GB", "exponent of peak", "bar")
    return Table("Growth with people", columns, rows, (note,))


def _in_voxels(run: Run) -> Table:
    grids = ("t1w_32", "t1w_48") if run.quick else GRIDS
    kinds = ("classifier",) if run.quick else ("GAN", "autoencoder", "classifier")
    rows = []
    for kind in kinds:
        cells = {}
        for grid in grids:
            prepared_scans(run.data, grid, BATCH * STEPS)
            voxels = get_grid(grid).shape[0] ** 3
            cells[voxels] = run.kept(
                "scaling", f"{kind}-{grid}", partial(_cost, run.quick, steps_of, grid, run.data, kind)
            )
        rows.append([kind, *_growth(cells, IN_VOXELS, None)])
        fine = {voxels: cell for voxels, cell in cells.items() if voxels > 48**3}
        if len(fine) > 1:
            rows.append([f"{kind}, from t1w_64 on", *_growth(fine, IN_VOXELS, None)])
        rows[-1][-2:] = _memory(fine if len(fine) > 1 else cells)
    note = (
        f"A training step of batch {BATCH}, the first not counted. The exponent of memory is of what training "
        "makes a process grow by. t1w_32 and t1w_48 are dense over voxels, finer grids on a lattice: two laws."
    )
    columns = ("step of", "voxels", "s", "exponent of time", "bar", "peak, GB", "exponent of memory", "bar")
    return Table("Growth with voxels", columns, rows, (note,))


def _growth(cells: Mapping[int, Mapping[str, float]], bar: float, peak_bar: float | None) -> list[str]:
    """Return the cells of a row: sizes, seconds, their exponent, its bar, peaks, their exponent, its bar."""
    sizes = [float(size) for size in cells]
    seconds, peaks = ([cell[name] for cell in cells.values()] for name in ("seconds", "peak"))
    time, peak = fitted_exponent(sizes, seconds), fitted_exponent(sizes, peaks)
    return [
        _listed(sizes), _listed(seconds), str(time), verdict(time.value, bar, most=True),
        _listed(peaks), str(peak), "" if peak_bar is None else verdict(peak.value, peak_bar, most=True),
    ]  # fmt: skip


def _memory(cells: Mapping[int, Mapping[str, float]]) -> list[str]:
    """Return the exponent of what training takes, and its bar."""
    grown = fitted_exponent([float(size) for size in cells], [cell["grown"] for cell in cells.values()])
    return [str(grown), verdict(grown.value, IN_VOXELS, most=True)]


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3g}" if value < 1000 else f"{value:,.0f}" for value in values)


def _cost(quick: bool, work: Callable[..., dict[str, float]], *words: Any) -> dict[str, float]:
    found = apart(work, *words, quick=quick)
    # in quick runs nothing may be left to grow by, and a power law has no 0
    return {**found.gave, "peak": found.peak, "grown": max(found.grown, 1e-3)}


def epoch_of(count: int, data: Path) -> dict[str, float]:
    """Train the autoencoder for an epoch after one that is not counted; return its seconds."""
    torch.manual_seed(0)
    trainer = our_trainer("autoencoder", prepared_scans(data, GRID, count), 16, "cpu")
    return {"seconds": _second(trainer.run)}


def prepare_of(count: int, data: Path) -> dict[str, float]:
    """Prepare scans anew; return the seconds."""
    root, now = data / f"{GRID}-{count}", clock("cpu")
    out = data / f"anew-{count}"
    shutil.rmtree(out, ignore_errors=True)
    cohort = root / "cohort.csv" if (root / "cohort.csv").is_file() else written_scans(root, GRID, count)
    people = read_cohort(cohort)
    begun = now()
    prepare(people, GRID, out, progress=False)
    spent = now() - begun
    shutil.rmtree(out)
    return {"seconds": spent}


def encode_of(count: int, data: Path) -> dict[str, float]:
    """Encode scans in memory; return the seconds."""
    network = T1wAutoencoder(template_mask(GRID, dilate_mm=12.0)).eval()
    volumes, now = brains(get_grid(GRID), count), clock("cpu")
    encode_volumes(network, volumes[:2])
    begun = now()
    encode_volumes(network, volumes)
    return {"seconds": now() - begun}


def maps_cost(count: int, data: Path) -> dict[str, float]:
    """Make group maps; return the seconds."""
    return {"seconds": maps_of(count, PERMUTATIONS, GRID)["seconds"]}


def scores_cost(count: int, data: Path) -> dict[str, float]:
    """Predict, test and bootstrap; return the seconds."""
    return {"seconds": scores_of(count, PERMUTATIONS)["seconds"]}


def steps_of(grid: str, data: Path, kind: str) -> dict[str, float]:
    """Train for a few steps after as many that are not counted; return the seconds of one."""
    torch.manual_seed(0)
    trainer = our_trainer(kind, prepared_scans(data, grid, BATCH * STEPS), BATCH, "cpu")
    return {"seconds": _second(trainer.run) / STEPS}


def _second(run: Callable[[], Any]) -> float:
    """Return the seconds of the second call."""
    now = clock("cpu")
    run()
    begun = now()
    run()
    return now() - begun
