"""The benchmark of generators runs from end to end, and says what was asked and what was measured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from brainaging.pipeline.results import read_results

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "generators.py"


@pytest.mark.slow
def test_the_benchmark_prints_every_table(tmp_path: Path) -> None:
    words = ["--subjects", "60", "--others", "60", "--latent-size", "12", "--epochs", "2"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARK), "--out", str(tmp_path), *words],
        capture_output=True,
        text=True,
        timeout=1500,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for shown in (
        "Fidelity, diversity",
        "Asked and measured",
        "Readers: what",
        "How right the instruments",
    ):
        assert shown in done.stdout
    found = {(of.model, of.features, of.metric): of for of in read_results(tmp_path / "findings.csv")}
    head = found["conditional_flow", "head_size", "head_size_slope_ratio"]
    assert 0.3 < head.value < 1.7
    assert found["conditional_flow", "head_size", "head_size_slope"].baseline_value > 0
    assert found["real_people", "ventricle_labels", "volume_r"].value > 0.5
