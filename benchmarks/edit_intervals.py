"""Measure what the intervals of `brainaging edit`'s regions.csv cover on simulated people whose truth is known.

    python benchmarks/edit_intervals.py --scenario lifespan --subjects 160 --seed 71

An edit is learned from all people but the held-out ones. These are edited, and for every region of every one of
them the true change of volume lies in the interval or not: the change of the person, who ages at a rate of their
own, and the change at the scenario's mean rate, which is what effects of a cohort estimate. Beside the shares
stands by how much intervals would have to be stretched about their middle to hold 95 of 100, how much of the true
changes the table recovers, and how much of its error regions have in common to all people: no draw of families
tells of that.
"""

import argparse

import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.cohort_alignment import KNOTS_MM
from brainaging.pipeline.counterfactual.learn import Learned, LearningScans, learn, measured_covariates
from brainaging.pipeline.counterfactual.region_changes import INTERVALS, OwnLabels, region_changes
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, SEXED, Edit
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_changes import counterfactuals, edit_targets
from brainaging.pipeline.counterfactual.score.true_region_changes import covered, true_region_changes
from brainaging.pipeline.simulate import Cause, Renderer, draw_causes, load_scenario
from brainaging.transforms import get_grid

#: spacing of rendered scans, mm: that of the grid
GRID, SPACING = "t1w_32", 6.0


def main() -> None:
    """Print the coverage of intervals for ten years and for sex."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="lifespan")
    parser.add_argument("--subjects", type=int, default=160)
    parser.add_argument("--held-out", type=int, default=8)
    parser.add_argument("--seed", type=int, default=71)
    parser.add_argument("--knots", type=float, default=KNOTS_MM)
    words = parser.parse_args()
    scenario = load_scenario(words.scenario)
    causes = draw_causes(scenario, words.seed, words.subjects)
    truth = Truth(Renderer(scenario, words.seed, SPACING), {c.subject: c for c in causes}, get_grid(GRID))
    families = np.array([cause.member.family for cause in causes])
    # whole families are held out
    first = np.sort(families)[-words.held_out]
    learned, _ = learn(scans_of(truth, [c for c in causes if c.member.family < first]), knots_mm=words.knots)
    tested = [cause for cause in causes if cause.member.family >= first]
    print(f"{words.scenario}, seed {words.seed}: learned from {learned.count}, {len(tested)} held out", flush=True)
    for edit in (AGED, SEXED):
        for rate, table in zip(("own rate", "mean rate"), tables(truth, learned, tested, edit), strict=True):
            print(f"{edit.name}, {rate}: {summary(table)}", flush=True)
    print(INTERVALS)


def scans_of(truth: Truth, causes: list[Cause]) -> LearningScans:
    """Return rendered people, with the scanner's noise."""
    return LearningScans(
        np.stack([truth.volume(cause, noise=True) for cause in causes]),
        truth.grid,
        np.array([cause.age for cause in causes]),
        np.array([float(cause.sex == "M") for cause in causes]),
        np.array([cause.member.family for cause in causes]),
        np.ones(len(causes)),
    )


def tables(truth: Truth, learned: Learned, tested: list[Cause], edit: Edit) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every region of every person, with the truth at the person's rate of ageing and at the mean rate."""
    scans = scans_of(truth, tested)
    subjects = [cause.subject for cause in tested]
    people = measured_covariates(learned.edit, scans)
    targets = edit_targets(edit, None, subjects, people, 1.0)
    own_rate, mean_rate = counterfactuals(edit, truth, subjects, 1.0)
    rows: tuple[list[pd.DataFrame], list[pd.DataFrame]] = ([], [])
    for number, cause in enumerate(tested):
        one = slice(number, number + 1)
        velocity = learned.edit.align(scans.volumes[one], people[one])
        labels = OwnLabels.of(learned, velocity)
        regions = region_changes(scans.volumes[number], learned, velocity, labels, people[one], targets.after[one])
        for kept, becomes in zip(rows, (own_rate, mean_rate), strict=True):
            table = covered(regions, true_region_changes(truth, cause, becomes[number]))
            kept.append(table.assign(direction=targets.directions[number]))
    return pd.concat(rows[0]), pd.concat(rows[1])


def summary(table: pd.DataFrame) -> str:
    """Return a sentence on the rows of :func:`tables`."""
    middle = (table["bootstrap_low"] + table["bootstrap_high"]) / 2
    half = (table["bootstrap_high"] - table["bootstrap_low"]) / 2
    stretch = float(np.quantile((table["true"] - middle).abs() / half, 0.95))
    found, true = table["volume_change_percent"], table["true"]
    error = found - true
    signed = error * table["direction"]
    of_region = signed.groupby([table["structure"], table["hemisphere"]]).transform("mean")
    return (
        f"{table['inside'].mean():.2f} of {len(table)} true changes lie inside, "
        f"of intervals {stretch:.1f} times as wide 0.95; "
        f"median half width {half.median():.2f} %, root mean squared error {np.sqrt((error**2).mean()):.2f} % "
        f"({np.sqrt((of_region**2).mean()):.2f} % the same in everybody), of the true changes "
        f"{np.sqrt((true**2).mean()):.2f} %; slope on the true changes {(found @ true) / (true @ true):.2f}"
    )


if __name__ == "__main__":
    main()
