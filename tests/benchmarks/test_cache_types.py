"""The benchmark of caches' types runs from end to end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "cache_types.py"


@pytest.mark.slow
def test_the_benchmark_prints_its_tables(tmp_path: Path) -> None:
    sizes = ["--grids", "t1w_32", "--people", "1", "--scans", "20", "--held", "20"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARK), "--out", str(tmp_path), *sizes],
        capture_output=True,
        text=True,
        timeout=500,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for words in ("placing again", "a memory cache of 20 volumes", "waiting for data", "t1w_sex_classifier"):
        assert words in done.stdout
    assert done.stdout.count("uint8 │") >= 4  # held once, and waited for by three bundles
