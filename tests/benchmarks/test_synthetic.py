"""The benchmark of synthetic brains runs from end to end, on real scans too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from brainaging.pipeline.results import read_results

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
    for shown in ("Fréchet distance", " real scans", "everything else"):
        assert shown in done.stdout
    findings = read_results(tmp_path / "results.csv")
    metrics = {finding.metric for finding in findings}
    assert {"balanced_accuracy", "frechet", "deviation_r", "share_male", "p_male", "intended_labels"} <= metrics
    models = {finding.model for finding in findings}
    assert {"residual_network", "gan", "gan_before_adversarial"} <= models
