"""Scenarios with other effects are scenarios, and differ where they say."""

import subprocess
import sys
from pathlib import Path

from brainaging.pipeline.simulate.scenario import load_scenario

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "changed_effects.py"


def test_a_changed_scenario_differs_from_lifespan_in_its_effects_alone(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(BENCHMARK), "61"], capture_output=True, text=True, check=True)
    path = tmp_path / "lifespan61.yaml"
    path.write_text(done.stdout)
    changed, plain = load_scenario(path), load_scenario("lifespan")
    assert (changed.ageing.ventricles, changed.ageing.cortex, changed.sex.scale) == (0.017, -0.0016, 2.1)
    assert changed.head_size.male_ratio == 1.11
    for one, other in zip(changed.ageing.regions, plain.ageing.regions, strict=True):
        assert abs(one.log_jacobian - 1.1 * other.log_jacobian) < 1e-12
    assert changed.ages == plain.ages and changed.warp == plain.warp and changed.acquisition == plain.acquisition
