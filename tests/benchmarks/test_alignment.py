"""The table of the alignment's sensitivities."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "alignment.py"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_benchmark_prints_a_row_a_value(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", str(BENCHMARK), "--out", str(tmp_path), "--subjects", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("as it is", "SMOOTH", "KNOTS"))]
    assert len(rows) == 4
    # a head's size is read off the alignment
    assert float(rows[0][-3]) > 0.9


def test_it_says_what_it_needs() -> None:
    done = subprocess.run([sys.executable, str(BENCHMARK), "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--out" in done.stdout
