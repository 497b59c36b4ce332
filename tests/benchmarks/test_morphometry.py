"""The benchmark on real tables runs from end to end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "morphometry.py"


@pytest.mark.slow
def test_the_benchmark_prints_both_tables(shared_data: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARK), "--data", str(shared_data), "--quick"],
        capture_output=True,
        text=True,
        timeout=500,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for words in ("fcon1000", "each site held out", "80 codes", "sex AUC", "aomic_piop2"):
        assert words in done.stdout


def test_without_the_data_it_says_what_to_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--data", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "name the folder of open data with --data" in done.stderr
