"""The benchmark of synthetic brains runs from end to end, on real scans too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "synthetic.py"


@pytest.mark.slow
def test_the_benchmark_prints_every_part(shared_data: Path, tmp_path: Path) -> None:
    words = ["--subjects", "60", "--fresh", "40", "--budget", "short", "--real", str(shared_data / "ds002748")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARK), "--out", str(tmp_path), *words],
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for shown in (
        "residual_network",
        "frechet_ratio",
        "deviation_r",
        "share_male",
        "p_male_at_0.914",
        "24 real scans",
    ):
        assert shown in done.stdout
    assert (tmp_path / "results.csv").is_file()
