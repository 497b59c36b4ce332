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


def test_terms_of_peaks_are_found_again(benchmark: ModuleType) -> None:
    planted = [8 * n * v + 40 * n**2 + 2e7 for n, v in benchmark.SIZES]
    a, b, misfit = benchmark.terms(planted)
    assert (a, b) == pytest.approx((8, 40), rel=1e-6)
    assert misfit < 1e-6


@pytest.mark.parametrize(("a", "b"), [(8.0, 40.0), (8.0, 0.0)])
def test_as_many_people_as_memory_holds(benchmark: ModuleType, a: float, b: float) -> None:
    n = benchmark.largest(a, b, 32768)
    takes = [(a + 4) * 32768 * count + b * count**2 for count in (n, n + 1)]
    assert takes[0] <= benchmark.MEMORY < takes[1]


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
