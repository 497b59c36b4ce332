"""What 50,000 scans take, from rates that small real runs measure: `python benchmarks/large_cohorts.py --out OUT`.

Measured: CPU seconds a scan and bytes a volume of preparing a few simulated scans of HCP's size (0.7 mm), in one
thread; a table of as many people: time, bytes a row on disk and in memory; a folder of as many files
(hard links to one volume, and a record each): how long it takes to list it and to read records, with and without
their volumes' SHA-256, as `prepare` does when it goes on; and the peak memory of the statistics that `reproduce`
runs, each in a process of its own, up to the number of rows that exact ways are taken for, and beyond it. A peak
beside the data is fitted as a · n · voxels + b · n² + e bytes below and as a · n · voxels + b · n² + c · n +
d · voxels + e beyond, and other sizes are computed by that: what 50,000 people took before there were two sides is
the first's.

Everything else printed is arithmetic. `--parts table,folder` prints some.
"""

import argparse
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from scipy.optimize import nnls

from brainaging.networks.linear import leading_space
from brainaging.pipeline.data import Cohort, Recipe, grouped_folds, read_cohort
from brainaging.pipeline.data.scan import Job, read_record, source_key
from brainaging.pipeline.data.splits import split_names
from brainaging.pipeline.data.workers import prepared_scans
from brainaging.pipeline.measures.fidelity.distances import frechet_distance, mmd
from brainaging.pipeline.measures.fidelity.diversity import total_variances
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.runtime import file_sha256, write_json
from brainaging.pipeline.simulate import simulate
from brainaging.pipeline.stats.permutation import permutation_test
from brainaging.pipeline.stats.sample_space import fold_spaces
from brainaging.transforms import get_grid, template_mask

GRIDS = ("t1w_32", "t1w_64", "t1w_96", "t1w_128")
#: people of the study, and of the largest cohorts there are; bytes of the machine that statistics are to fit into
STUDY, LARGE, MEMORY = 1113, 50_000, 16e9
#: rows and voxels that peaks are measured at, few people and many; narrow where n × n would be lost beside voxels
SIZES = ((400, 32768), (1200, 32768), (1200, 4096), (400, 4096), (3200, 4096))
#: few people whose mirror images are as many again
MIRRORED = (*SIZES[:4], (1900, 4096))
NARROW = ((1600, 512), (4000, 512), (4000, 1000), (1600, 1000))
MANY = ((5200, 4096), (5200, 13824), (10400, 4096), (10400, 13824), (LARGE, 4096))
MANY_NARROW = ((8000, 512), (16000, 512), (30000, 512), (8000, 4096), (16000, 4096))
#: people up to whom it is asked how many fit
FOUND = 10**7
PARTS = ("statistics", "preparation", "table", "folder")
console = Console(width=170)


def preparation(work: Path, scans: int, spacing: float, workers: Sequence[int]) -> None:
    """Print what preparing takes on each grid."""
    rows = read_cohort(simulate(work / "simulated", "hcp-ya", scans, 0, spacing)).table[["image", "space"]]
    rates = Table(title=f"preparing {LARGE:,} scans ({scans} of {spacing} mm measured)", title_justify="left")
    many = [f"hours, {count} workers" for count in workers]
    for column in ("grid", "CPU s a scan", "kB a volume", *many, "disk GB", "read at once GB"):
        rates.add_column(column, justify="right")
    for name in GRIDS:
        places = [work / name / f"{number:06d}" for number in range(scans)]
        jobs = [
            Job(number, *row, place.with_suffix(".nii.gz"), place.with_suffix(".json"))
            for (number, row), place in zip(enumerate(rows.itertuples(index=False)), places, strict=True)
        ]
        spent, last = [], time.process_time()
        for _ in prepared_scans(Recipe.on(name), jobs, 1):
            spent.append(time.process_time() - last)
            last = time.process_time()
        seconds = statistics.median(spent[1:])  # the first waits for the template
        size = statistics.mean(job.volume.stat().st_size for job in jobs)
        hours = [f"{seconds * LARGE / 3600 / count:.1f}" for count in workers]
        whole = 4 * np.prod(get_grid(name).shape) * LARGE / 1e9
        rates.add_row(
            name, f"{seconds:.2f}", f"{size / 1e3:.0f}", *hours, f"{size * LARGE / 1e9:.0f}", f"{whole:.0f}"
        )
    console.print(rates)


def people(work: Path, count: int) -> None:
    """Print what a table of ``count`` people takes, on disk, in memory and in time."""
    random = np.random.default_rng(0)
    rows = (f"s{n:06d},{'FM'[random.integers(2)]},{random.uniform(22, 90):.1f}" for n in range(count))
    (work / "people.csv").write_text("\n".join(["subject,sex,age", *rows]) + "\n", encoding="utf-8")
    cohort = read_cohort(work / "people.csv", scans=False)
    steps: dict[str, Callable[[], object]] = {
        "check (`brainaging cohort`)": lambda: read_cohort(work / "people.csv", scans=False),
        "write": lambda: cohort.write(work / "cohort.csv"),
        "load": lambda: Cohort.load(work / "cohort.csv"),
        "split into train, val, test": lambda: split_names(cohort.groups(), cohort.strata(), 0),
        "five grouped folds": lambda: grouped_folds(cohort.groups(), cohort.strata()),
    }
    _timed(f"a table of {count:,} people", count, steps)
    held = cohort.table.memory_usage(index=False, deep=True).sum()
    written = (work / "cohort.csv").stat().st_size
    console.print(
        f"{written / count:.0f} bytes a row on disk, {held / count:.0f} in memory: {written / 1e6:.1f} and "
        f"{held / 1e6:.1f} MB\n"
    )


def _timed(title: str, count: int, steps: dict[str, Callable[[], object]]) -> None:
    """Print the seconds of each step, and the ms of each of ``count``."""
    table = Table(title=title, title_justify="left")
    table.add_column("step")
    for column in ("seconds", "ms each"):
        table.add_column(column, justify="right")
    for name, step in steps.items():
        begun = time.perf_counter()
        step()
        spent = time.perf_counter() - begun
        table.add_row(name, f"{spent:.2f}", f"{spent / count * 1e3:.3f}")
    console.print(table)


def folder(work: Path, count: int) -> None:
    """Print how long a folder of ``count`` volumes and records takes to list, and to go on from."""
    images, records = work / "images", work / "records"
    images.mkdir(parents=True)
    records.mkdir()
    first = images / "000000.nii.gz"
    first.write_bytes(os.urandom(200_000))  # about a volume of t1w_64
    content = {"key": "0" * 64, "bytes": first.stat().st_size, "sha256": file_sha256(first)}
    write_json(records / "000000.json", content)
    text = (records / "000000.json").read_bytes()
    pairs = [(records / f"{number:06d}.json", images / f"{number:06d}.nii.gz") for number in range(count)]
    for record, volume in pairs[1:]:
        record.write_bytes(text)
        os.link(first, volume)
    steps: dict[str, Callable[[], object]] = {
        "list records, sorted": lambda: sorted(records.glob("[0-9]*.json")),
        "list volumes, sorted": lambda: sorted(images.glob("[0-9]*.nii.gz")),
        "ask for each scan's size and time": lambda: [source_key(str(volume), "template") for _, volume in pairs],
        "read records": lambda: [read_record(record, volume, verify=False) for record, volume in pairs],
        "read records, volumes' SHA-256 (from memory)": lambda: [read_record(*pair) for pair in pairs],
        "open each volume by its name": lambda: [volume.open("rb").close() for _, volume in pairs],
    }
    _timed(f"one folder of {count:,} volumes (200 kB) and one of records, as `prepare` goes on", count, steps)


@dataclass(frozen=True)
class Statistic:
    """A computation of ``reproduce`` on (n, X, Y, Z) volumes: of a mask's voxels alone, and at which sizes."""

    name: str
    place: str
    run: Callable[[np.ndarray], object]
    inside: bool = True
    few: tuple[tuple[int, int], ...] = SIZES
    many: tuple[tuple[int, int], ...] = MANY


def _folds(n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    parts = np.array_split(np.arange(n), 5)
    return [(np.setdiff1d(np.arange(n), part), part) for part in parts]


def _whole(volumes: np.ndarray) -> np.ndarray:
    return np.ones(volumes.shape[1:], bool)


def _halves(volumes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return so many numbers a scan as distances of features are taken on, of two halves of the scans."""
    scores = volumes.reshape(len(volumes), -1)[:, :400].astype(float)
    return scores[::2], scores[1::2]


def _permuted(volumes: np.ndarray) -> object:
    spaces = fold_spaces(volumes.reshape(len(volumes), -1), _folds(len(volumes)))
    labels = np.where(np.arange(len(volumes)) % 2, "M", "F")
    return permutation_test(spaces, labels, np.arange(len(volumes)), np.random.default_rng(0), 100)


STATISTICS = (
    Statistic(
        "probes: sample spaces of 5 folds, a permutation test", "stats/sample_space.py", _permuted, inside=False
    ),
    Statistic("PCA, all components", "measures/pca_baseline.py", lambda v: PcaBaseline.fit(v, _whole(v))),
    Statistic(
        "PCA, with flips",
        "measures/pca_baseline.py",
        lambda v: PcaBaseline.fit(v, _whole(v), flips=True),
        few=MIRRORED,
    ),
    Statistic(
        "PCA, 100 components", "networks/linear/pca.py", lambda v: PcaBaseline.fit(v, _whole(v), components=100)
    ),
    Statistic(
        "total variances by bootstrap weights",
        "fidelity/diversity.py",
        lambda v: total_variances(v, _whole(v), np.ones((200, len(v)))),
        True,
        NARROW,
        MANY_NARROW,
    ),
    Statistic("MMD, 400 features", "fidelity/pair_sums.py", lambda v: mmd(*_halves(v)), True, NARROW, MANY_NARROW),
    Statistic(
        "Fréchet, 400 features",
        "fidelity/distances.py",
        lambda v: frechet_distance(*_halves(v)),
        True,
        NARROW,
        MANY_NARROW,
    ),
)


def peak(run: Callable[[np.ndarray], object], n: int, voxels: int) -> int:
    """Return the bytes that ``run`` takes at its peak beside n volumes, in a process of its own."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        edge = round(voxels ** (1 / 3))
        volumes = np.random.default_rng(0).random((n, edge, edge, edge), dtype=np.float32)
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        before = _status("VmRSS")
        run(volumes)
        os.write(writing, str(_status("VmHWM") - before).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        found = answer.read()
    os.waitpid(child, 0)
    return int(found)


def _status(field: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(rf"{field}:\s+(\d+) kB", text)[0]) * 1024


@dataclass(frozen=True)
class Peak:
    """A peak of n people and so many voxels: a · n · voxels + b · n² + c · n + d · voxels + e bytes.

    ``misfit`` is the largest share that a measured peak is off by.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    misfit: float = 0.0

    def __call__(self, n: float, voxels: float) -> float:
        """Return the bytes."""
        return self.a * n * voxels + self.b * n**2 + self.c * n + self.d * voxels + self.e


def fitted(peaks: Sequence[int], at: Sequence[tuple[int, int]], terms: str = "abcde") -> Peak:
    """Return the peak that was measured at sizes, of some terms, by least squares of shares; none is below 0."""
    n, voxels = np.array(at, dtype=float).T
    design = np.stack([n * voxels, n**2, n, voxels, np.ones(len(n))], axis=1)
    design[:, [term not in terms for term in "abcde"]] = 0.0
    found = np.array(peaks, dtype=float)
    # columns of one length: nnls stops early where they are many powers of ten apart
    scale = np.maximum(np.linalg.norm(design / found[:, None], axis=0), 1e-300)
    weights = nnls(design / found[:, None] / scale, np.ones(len(found)))[0] / scale
    return Peak(*map(float, weights), float(np.abs(design @ weights / found - 1).max()))


def largest(takes: Callable[[float], float]) -> int:
    """Return the most people whose peak fits into :data:`MEMORY`, :data:`FOUND` at most; it grows with them."""
    low, high = 0, FOUND + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if takes(middle) <= MEMORY else (low, middle)
    return low


def peaks_of_statistics() -> None:
    """Print the statistics' peaks: measured, fitted, and computed for the study and for 50,000 people."""
    # a sketch takes as much memory however often it goes through the rows
    leading_space.POWERS = 0
    grids = [name[4:] for name in GRIDS[:2]]
    voxels = [int(np.prod(get_grid(name).shape)) for name in GRIDS[:2]]
    inside = [int(template_mask(get_grid(name), dilate_mm=12.0).sum()) for name in GRIDS[:2]]
    terms = Table(title="peaks beside the volumes, fitted", title_justify="left")
    for column in ("statistic", "where", "rows", "a", "b", "c", "d", "e, MB", "misfit"):
        terms.add_column(column, justify="left" if column in ("statistic", "where") else "right")
    takes = Table(title="memory beside the volumes, GB", title_justify="left")
    words = [
        *(f"{STUDY:,} at {grid}³" for grid in grids),
        *(f"{LARGE:,} at {grid}³, {when}" for when in ("few", "many") for grid in grids),
        *(f"most in {MEMORY / 1e9:.0f} GB at {grid}³" for grid in grids),
    ]
    for column in ("statistic", *words):
        takes.add_column(column, justify="left" if column == "statistic" else "right")
    for one in STATISTICS:
        few, many = (
            fitted([peak(one.run, *size) for size in sizes], sizes, terms_of)
            for sizes, terms_of in ((one.few, "abe"), (one.many, "abcde"))
        )
        console.print(one.name)
        for rows, by in (("few", few), ("many", many)):
            numbers = (f"{by.a:.2f}", f"{by.b:.2f}", f"{by.c:.0f}", f"{by.d:.0f}", f"{by.e / 1e6:.0f}")
            terms.add_row(one.name, one.place, rows, *numbers, f"{by.misfit:.0%}")
        read = inside if one.inside else voxels
        bytes_taken = [
            *(few(STUDY, count) for count in read),
            *(by(LARGE, count) for by in (few, many) for count in read),
        ]
        most = [largest(lambda n, by=many, count=count: by(n, count)) for count in read]
        takes.add_row(
            one.name,
            *(f"{taken / 1e9:,.2f}" for taken in bytes_taken),
            *(f"{n:,}" if n < FOUND else "any" for n in most),
        )
    console.print(terms)
    console.print(takes)
    themselves = ", ".join(
        f"{4 * size * LARGE / 1e9:.1f} GB at {grid}³" for grid, size in zip(grids, voxels, strict=True)
    )
    console.print(
        f"the volumes, 4 bytes a voxel, mapped from a file: {themselves} of {LARGE:,} people. a: bytes by scan "
        "and voxel that is read (a mask's, but for probes); b: by pair of scans; c: by scan; d: by voxel. few: as "
        "few people are computed, and all were before; many: as many are."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for what is made; a temporary one if left out")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--scans", type=int, default=4, help="that are prepared")
    parser.add_argument("--spacing", type=float, default=0.7, help="of these scans, mm")
    parser.add_argument(
        "--files", type=int, default=LARGE, help="of the folder that is listed, and rows of the table"
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 50])
    words = parser.parse_args()
    chosen = words.parts.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"--parts: expected some of {', '.join(PARTS)}, found {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    console.print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as temporary:
        work = words.out or Path(temporary)
        if "statistics" in chosen:  # first: a fork of a process with few threads
            peaks_of_statistics()
        if "preparation" in chosen:
            preparation(work, words.scans, words.spacing, words.workers)
        if "table" in chosen:
            work.mkdir(parents=True, exist_ok=True)
            people(work, words.files)
        if "folder" in chosen:
            with tempfile.TemporaryDirectory(dir=work if work.is_dir() else None) as many:
                folder(Path(many), words.files)


if __name__ == "__main__":
    main()
