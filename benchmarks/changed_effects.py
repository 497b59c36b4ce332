"""Write a scenario like `lifespan` whose effects differ: what an edit was scored on that was not developed for it.

    python benchmarks/changed_effects.py 42 > lifespan42.yaml
    brainaging score --scenario lifespan42.yaml --subjects 1150 --seed 42 --out score42

The numbers are the seeds of docs/evidence.md.
"""

import argparse
from importlib.resources import files
from typing import Any, NamedTuple

import yaml


class Effects(NamedTuple):
    """What differs from `lifespan`: see `brainaging.pipeline.simulate.scenario`; the last scales age's regions."""

    ventricles: float
    cortex: float
    acceleration: float
    rate_sd: float
    sex_scale: float
    male_ratio: float
    regions: float


EFFECTS = {
    42: Effects(0.012, -0.0021, 0.0010, 0.20, 2.0, 1.10, 1.2),
    43: Effects(0.013, -0.0024, 0.0015, 0.10, 2.6, 1.14, 0.8),
    61: Effects(0.017, -0.0016, 0.0018, 0.18, 2.1, 1.11, 1.1),
}


def changed(effects: Effects) -> dict[str, Any]:
    """Return `lifespan` with these effects in place of its own."""
    text = (files("brainaging.pipeline.simulate") / "scenarios" / "lifespan.yaml").read_text(encoding="utf-8")
    scenario: dict[str, Any] = yaml.safe_load(text)
    for name in ("ventricles", "cortex", "acceleration", "rate_sd"):
        scenario["ageing"][name] = getattr(effects, name)
    for region in scenario["ageing"]["regions"]:
        region["log_jacobian"] *= effects.regions
    scenario["sex"]["scale"] = effects.sex_scale
    scenario["head_size"]["male_ratio"] = effects.male_ratio
    return scenario


def main() -> None:
    """Print the scenario of a seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int, choices=sorted(EFFECTS))
    print(yaml.safe_dump(changed(EFFECTS[parser.parse_args().seed]), sort_keys=False), end="")


if __name__ == "__main__":
    main()
