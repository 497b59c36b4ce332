"""What 50,000 scans take: every table is printed, and peaks are fitted as they were made."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "large_cohorts.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("large_cohorts", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    sys.modules["large_cohorts"] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("sizes", "names", "terms"),
    [
        ("SIZES", "abe", (8.0, 40.0, 0.0, 0.0, 2e7)),
        ("NARROW", "abe", (8.0, 40.0, 0.0, 0.0, 2e7)),
        ("MANY", "abcde", (0.0, 0.0, 5e4, 8e3, 6e7)),
        ("MANY", "abcde", (2.0, 1.0, 0.0, 8e3, 6e7)),
        ("MANY_NARROW", "abcde", (0.5, 2.0, 5e4, 8e3, 6e7)),
    ],
)
def test_terms_of_peaks_are_found_again(
    benchmark: ModuleType, sizes: str, names: str, terms: tuple[float, ...]
) -> None:
    at, planted = getattr(benchmark, sizes), benchmark.Peak(*terms)
    found = benchmark.fitted([planted(*size) for size in at], at, names)
    assert found.misfit < 1e-6
    assert found(50_000, 262_144) == pytest.approx(planted(50_000, 262_144), rel=1e-4)


@pytest.mark.parametrize("terms", [(8.0, 40.0, 0.0, 0.0, 2e7), (0.0, 0.0, 5e4, 8e3, 6e7)])
def test_as_many_people_as_memory_holds(benchmark: ModuleType, terms: tuple[float, ...]) -> None:
    taken = benchmark.Peak(*terms)
    n = benchmark.largest(lambda people: taken(people, 32768))
    assert taken(n, 32768) <= benchmark.MEMORY < taken(n + 1, 32768)


def test_sizes_lie_on_both_sides_of_the_bound(benchmark: ModuleType) -> None:
    bound = benchmark.leading_space.MOST_ROWS
    assert all(n <= bound for n, _ in (*benchmark.SIZES, *benchmark.NARROW))
    assert all(2 * n <= bound for n, _ in benchmark.MIRRORED)
    assert all(4 * n // 5 > bound and voxels > bound for n, voxels in benchmark.MANY)


def test_a_peak_is_of_what_is_beside_the_volumes(benchmark: ModuleType) -> None:
    found = benchmark.peak(lambda volumes: np.ones(30_000_000), 10, 4096)
    assert found == pytest.approx(240e6, rel=0.1)


@pytest.mark.slow
def test_every_table_is_printed(tmp_path: Path) -> None:
    words = ["--out", str(tmp_path), "--parts", "preparation,table,folder", "--scans", "2", "--spacing", "4"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARK), *words, "--files", "200"],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for shown in ("preparing 50,000 scans", "t1w_128", "a table of 200 people", "one folder of 200 volumes"):
        assert shown in done.stdout
