"""What moves when a constant of the alignment is halved or doubled? One simulated cohort, a row a value.

    python benchmarks/alignment.py --out /tmp/alignment

Aligns the same people with their own template for every value. Printed are the misfit (root mean square of what
alignment leaves of a scan, white matter about 1, where brains are compared by the constants as they are), and how
the head size that is read off the alignment follows the true one: correlation, and slope of the logarithms given
sex and age. The column of sensitivities in docs/evidence.md has it. Some minutes a row on a busy core.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual import cohort_alignment
from brainaging.pipeline.counterfactual.covariates import cohort_covariates
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.data import prepare, read_cohort
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid, template_mask

#: constant of `brainaging.pipeline.counterfactual.cohort_alignment`, values beside its own
VALUES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("SMOOTHNESS", (0.005, 0.02)),
    ("STEPS", (1, 4)),
    ("ROUNDS", (2, 6)),
    ("KNOTS_MM", (24.0,)),  # half of 12 mm costs some fifty times as much
    ("REACH_MM", (4.5, 18.0)),
)


@contextmanager
def held(name: str, value: float) -> Iterator[None]:
    """Hold a constant at a value."""
    before = getattr(cohort_alignment, name)
    setattr(cohort_alignment, name, value)
    try:
        yield
    finally:
        setattr(cohort_alignment, name, before)


def main() -> None:
    """Align once a value; print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="gets the simulated cohort")
    parser.add_argument("--subjects", type=int, default=60)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    grid = get_grid(cohort_alignment.ALIGNED)
    how = {"scenario": "lifespan", "subjects": options.subjects, "seed": options.seed, "workers": options.workers}
    source = simulate(options.out / "simulated", spacing=4.0, **how)
    prepared = prepare(read_cohort(source), grid, options.out / "prepared", workers=options.workers)
    people, rows = cohort_covariates(prepared.cohort, prepared.head_size)
    subjects = [str(name) for name in prepared.cohort.table["subject"].to_numpy()[rows]]
    true = np.log([cause.head_size for cause in Truth.open(source, grid).of(subjects)])
    volumes, inside = prepared.volumes(rows), template_mask(grid, dilate_mm=cohort_alignment.REACH_MM)
    design = np.stack([np.ones(len(rows)), people.male, people.age, true], axis=1)

    def row(name: str, value: str, **given: float) -> None:
        begun = time.monotonic()
        aligned = cohort_alignment.align_cohort(volumes, grid, people.age, people.male, **given)
        left = np.sqrt(np.square((aligned.warped - aligned.warped.mean(axis=0))[:, inside]).mean(axis=1)).mean()
        measured = np.log(aligned.head_size)
        slope = np.linalg.lstsq(design, measured, rcond=None)[0][-1]
        correlation = np.corrcoef(measured, true)[0, 1]
        seconds = time.monotonic() - begun
        print(f"{name:<12}{value:>8}{left:>10.4f}{correlation:>13.4f}{slope:>8.3f}{seconds:>9.0f}", flush=True)

    print(f"{'constant':<12}{'value':>8}{'misfit':>10}{'correlation':>13}{'slope':>8}{'seconds':>9}")
    row("as it is", "")
    for name, values in VALUES:
        for value in values:
            if name == "KNOTS_MM":
                row(name, f"{value:g}", knots_mm=value)
                continue
            with held(name, value):
                row(name, f"{value:g}")


if __name__ == "__main__":
    main()
