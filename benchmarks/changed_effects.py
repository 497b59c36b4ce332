"""Write a scenario like `lifespan` whose effects differ: what an edit was scored on that was not developed for it.

    python benchmarks/changed_effects.py 42 > lifespan42.yaml
    brainaging score --scenario lifespan42.yaml --subjects 1150 --seed 42 --out score42

42, 43 and 61 are the seeds of docs/evidence.md, whose effects were chosen by hand. Every other number draws its
own: how fast ventricles, cortex and the clock go, and which places of the brain change with age and sex, by how
much, in which direction and how far around.
"""

import argparse
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
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


#: of places that change: log-Jacobian of a year and of sex, least and most; how many; mm around
AGED_BY, SEXED_BY = (0.0004, 0.0018), (0.02, 0.10)
AGED_PLACES, SEXED_PLACES, RADII = 6, 10, (7.0, 18.0)
#: the ellipsoid that places lie in, about as large as MNI152's brain: its middle and half axes, mm
MIDDLE, AXES = (0.0, -18.0, 8.0), (62.0, 80.0, 56.0)
#: share of the places that age in which volume is lost
LOST = 0.8


def plain() -> dict[str, Any]:
    """Return `lifespan`."""
    text = (files("brainaging.pipeline.simulate") / "scenarios" / "lifespan.yaml").read_text(encoding="utf-8")
    scenario: dict[str, Any] = yaml.safe_load(text)
    return scenario


def drawn(seed: int) -> dict[str, Any]:
    """Return `lifespan` with effects of age and sex that a seed draws, at places of its own."""
    random, scenario = np.random.default_rng(seed), plain()
    scenario["ageing"] |= {
        "ventricles": round(float(np.exp(random.uniform(np.log(0.008), np.log(0.017)))), 5),
        "cortex": -round(float(random.uniform(0.0012, 0.0024)), 5),
        "acceleration": round(float(random.uniform(0.0005, 0.0025)), 5),
        "rate_sd": round(float(random.uniform(0.1, 0.25)), 3),
        "regions": places(random, AGED_PLACES, AGED_BY, LOST),
    }
    scenario["sex"]["regions"] = places(random, SEXED_PLACES, SEXED_BY, 0.5)
    return scenario


def places(random: np.random.Generator, count: int, by: tuple[float, float], lost: float) -> list[dict[str, Any]]:
    """Return so many places of the right half of the brain, which are planted in both."""
    directions = random.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions[:, 0] = np.abs(directions[:, 0])
    centres = MIDDLE + directions * np.cbrt(random.uniform(size=(count, 1))) * AXES
    return [
        {
            "name": f"place {number}",
            "centre": [round(float(value), 1) for value in centre],
            "radius_mm": round(float(random.uniform(*RADII)), 1),
            "log_jacobian": round(float(random.uniform(*by)) * (-1 if random.random() < lost else 1), 5),
        }
        for number, centre in enumerate(centres, start=1)
    ]


def changed(effects: Effects) -> dict[str, Any]:
    """Return `lifespan` with these effects in place of its own."""
    scenario = plain()
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
    parser.add_argument("seed", type=int)
    seed = parser.parse_args().seed
    scenario = changed(EFFECTS[seed]) if seed in EFFECTS else drawn(seed)
    print(yaml.safe_dump(scenario, sort_keys=False), end="")


if __name__ == "__main__":
    main()
