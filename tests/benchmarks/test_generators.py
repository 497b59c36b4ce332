"""The benchmark of generators runs from end to end, and says what was asked and what was measured."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "generators.py"


@pytest.mark.slow
def test_the_benchmark_prints_every_part(tmp_path: Path) -> None:
    words = ["--subjects", "60", "--others", "60", "--latent-size", "12", "--epochs", "2"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARK), "--out", str(tmp_path), *words],
        capture_output=True,
        text=True,
        timeout=1500,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for shown in ("asked and measured", "linear readers", "every generator beside fresh people", "PCA sampler"):
        assert shown in done.stdout
    numbers = json.loads((tmp_path / "conditional.json").read_text())
    assert 0.3 < numbers["flow, head size"]["10 % of head size"]["ratio"] < 1.7
    assert 0.2 < numbers["flow, head size"]["spread"]["made"] / numbers["flow, head size"]["spread"]["real"] < 10
