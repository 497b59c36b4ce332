"""The table of what each part of an edit brings."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "ablation.py"
COMMAND = Path(sys.executable).with_name("brainaging")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_part_has_a_row_for_age_and_sex(tmp_path: Path) -> None:
    out = str(tmp_path / "score")
    few = ["--subjects", "60", "--held-out", "8", "--grid", "t1w_32", "--knots", "24", "--workers", "1"]
    scored = subprocess.run([COMMAND, "score", *few, "--out", out], capture_output=True, text=True, timeout=1800)
    assert scored.returncode == 0, scored.stderr[-2000:]
    command = [sys.executable, "-W", "ignore", str(BENCHMARK), out, "--held-out", "8", "--people", "4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.split("│") for line in done.stdout.splitlines() if line.startswith("│")]
    assert len(rows) == 12
    whole, own = (float(next(row for row in rows if name in row[1])[3].split()[0]) for name in ("whole", "alone"))
    assert own < whole, "own tissue is a part of the change"
