"""Does elastic tissue lose what was prescribed? Ten years of people of a scenario, a row a structure.

    python benchmarks/atrophy.py --scenario lifespan-elastic --people 6 --age 60

Printed are the change that is prescribed, that of the structure's own cells (the integral of the Jacobian) and how
far the two are apart at most, beside seconds of processor a person and age, and the smallest Jacobians there and
at 90 years.
"""

import argparse
import time

import numpy as np
import torch

from brainaging.networks.diffeomorphism import FoldedWarpError
from brainaging.pipeline.simulate import Cause, Renderer, draw_causes, load_scenario
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES

OLD = 90.0


def _smallest(renderer: Renderer, cause: Cause) -> float:
    try:
        return renderer.displacement(cause)[1]
    except FoldedWarpError:
        return float("nan")


def main() -> None:
    """Solve; print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="lifespan-elastic")
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--age", type=float, default=60.0)
    parser.add_argument("--years", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=71)
    options = parser.parse_args()
    torch.set_num_threads(1)
    renderer = Renderer(load_scenario(options.scenario), options.seed, 6.0)
    elastic = renderer.elastic
    if elastic is None:
        parser.error(
            f"--scenario: expected elastic physics, found {renderer.scenario.physics} in {options.scenario}"
        )
    people = [cause.with_values(age=options.age) for cause in draw_causes(renderer.scenario, options.seed, 40)]
    people = people[: options.people]
    anatomy = renderer.anatomies[people[0].anatomy]
    begun = time.process_time()
    sizes = elastic.brain(anatomy).members.sum(1) * 0.064
    once = time.process_time() - begun
    asked, found, jacobians = [], [], []
    begun = time.process_time()
    for person in people:
        both = [person, person.with_values(age=person.age + options.years)]
        solved = [elastic.deformed(cause, anatomy) for cause in both]
        asked.append(np.expm1(elastic.growth(both[1]) - elastic.growth(both[0])))
        found.append(np.expm1(solved[1].growth - solved[0].growth))
        jacobians += [each.smallest_jacobian for each in solved]
    each = (time.process_time() - begun) / (2 * len(people))
    old = [_smallest(renderer, person.with_values(age=OLD)) for person in people]
    wanted, got = np.array(asked), np.array(found)
    print(f"{'structure':<26}{'mL':>8}{'prescribed %':>14}{'achieved %':>12}{'off, % of it':>14}")
    for number, name in enumerate(NAMES):
        moving = wanted[:, number] != 0
        if sizes[number] > 0 and moving.any():
            off = np.abs(got[moving, number] / wanted[moving, number] - 1).max()
            means = 100 * wanted[:, number].mean(), 100 * got[:, number].mean()
            print(f"{name:<26}{sizes[number]:>8.1f}{means[0]:>14.2f}{means[1]:>12.2f}{100 * off:>14.2f}")
    print(f"seconds: {once:.1f} an anatomy, {each:.2f} a person and age")
    lowest = f"{np.nanmin(old):.3f}" if np.isfinite(old).any() else "none"
    print(f"smallest Jacobian: {min(jacobians):.3f} at these ages, {lowest} at {OLD:.0f} years")
    print(f"folded at {OLD:.0f} years: {int(np.isnan(old).sum())} of {len(old)}")


if __name__ == "__main__":
    main()
