"""The tables of a person's own anatomy."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "own_anatomy.py"


def _printed(*words: str) -> list[list[str]]:
    command = [sys.executable, "-W", "ignore", str(BENCHMARK), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_simulated_people_are_measured_as_they_are(tmp_path: Path) -> None:
    rows = {
        tuple(row[:3]): row[3:] for row in _printed("simulated", "--out", str(tmp_path), "--subjects", "20") if row
    }
    for structure, least in (("inside", 0.98), ("grey", 0.95), ("white", 0.9), ("ventricles", 0.85)):
        mean, true, correlation, slope, _ = map(float, rows["t1w_48", structure, "own"])
        assert mean == pytest.approx(true, rel=0.25)
        assert correlation > least
        assert slope == pytest.approx(1, abs=0.2)


@pytest.mark.slow
def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", str(BENCHMARK), "tissue", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "expected tables of freesurfer, simulated, people, sensitivity, found tissue" in done.stderr
