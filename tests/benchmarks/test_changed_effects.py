"""Scenarios with other effects are scenarios, and differ where they say."""

import subprocess
import sys
from pathlib import Path

from brainaging.pipeline.simulate.scenario import load_scenario

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "changed_effects.py"


def _written(folder: Path, seed: int) -> Path:
    done = subprocess.run([sys.executable, str(BENCHMARK), str(seed)], capture_output=True, text=True, check=True)
    path = folder / f"lifespan{seed}.yaml"
    path.write_text(done.stdout)
    return path


def test_a_changed_scenario_differs_from_lifespan_in_its_effects_alone(tmp_path: Path) -> None:
    changed, plain = load_scenario(_written(tmp_path, 61)), load_scenario("lifespan")
    assert (changed.ageing.ventricles, changed.ageing.cortex, changed.sex.scale) == (0.017, -0.0016, 2.1)
    assert changed.head_size.male_ratio == 1.11
    for one, other in zip(changed.ageing.regions, plain.ageing.regions, strict=True):
        assert abs(one.log_jacobian - 1.1 * other.log_jacobian) < 1e-12
    assert changed.ages == plain.ages and changed.warp == plain.warp and changed.acquisition == plain.acquisition


def test_a_seed_draws_effects_of_its_own_and_the_same_ones_again(tmp_path: Path) -> None:
    first = _written(tmp_path, 501)
    text = first.read_text()
    assert _written(tmp_path, 501).read_text() == text
    one, other, plain = (load_scenario(which) for which in (first, _written(tmp_path, 502), "lifespan"))
    assert one.ageing.ventricles != other.ageing.ventricles
    assert {region.centre[0] > 0 for region in (*one.ageing.regions, *one.sex.regions)} == {True}
    assert not {tuple(r.centre) for r in one.ageing.regions} & {tuple(r.centre) for r in other.ageing.regions}
    assert one.ages == plain.ages and one.warp == plain.warp and one.acquisition == plain.acquisition
