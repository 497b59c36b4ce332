"""The generator's benchmark runs from end to end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "generator.py"


@pytest.mark.slow
def test_the_benchmark_prints_both_generators(tmp_path: Path) -> None:
    words = ["--subjects", "60", "--fresh", "40", "--count", "60", "--epochs", "11", "--latent-size", "20"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARK), "--out", str(tmp_path), *words],
        capture_output=True,
        text=True,
        timeout=500,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "160"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for shown in ("GAN", "PCA-100, Gaussian", "frechet ratio", "copies", "judge auc", "head size sd ratio"):
        assert shown in done.stdout
    assert (tmp_path / "results.csv").is_file()
