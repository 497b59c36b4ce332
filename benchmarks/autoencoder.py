"""Does the autoencoder hold what principal components and voxels hold? Several simulated cohorts, one table.

    python benchmarks/autoencoder.py --out /tmp/autoencoder --seeds 5 --subjects 600

Each seed simulates its own cohort, trains the autoencoders on grouped folds and scores held-out subjects, as
`brainaging reproduce` does. A stopped run goes on when typed again.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.reproduce import Request, reproduce
from brainaging.pipeline.results import (
    Difference,
    ErrorRatio,
    Finding,
    Reconstruction,
    Score,
    read_results,
    words,
)
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid

SIZES = (1000, 100)


def measure(findings: Sequence[Finding]) -> dict[str, float]:
    """Return the numbers of one seed that the table shows."""
    numbers = {}
    for finding in findings:
        match finding:
            case Score(target="sex", metric="balanced_accuracy", split="grouped", adjustment="", model=model):
                if model == "logistic_regression" and finding.features in ("voxels", "latents"):
                    numbers[f"sex balanced accuracy, {_features(finding)}"] = finding.value
            case Difference(target="sex", metric="balanced_accuracy", contrast="features"):
                numbers[f"sex balanced accuracy, {_features(finding)} less voxels"] = finding.value
            case ErrorRatio(target="image", codes=codes, baseline=baseline):
                # as many components as a cohort allows: a few more or fewer from seed to seed
                many = str(codes) if finding.baseline_codes == codes else "most"
                name = f"{codes} codes: error by that of {words('baseline', baseline)}"
                numbers[name if baseline == "mean_brain" else f"{name}, {many} components"] = finding.value
            case Reconstruction(model="autoencoder", target="image", metric=metric, codes=codes):
                numbers[f"{codes} codes: {words('metric', metric)}"] = finding.value
    return numbers


def _features(finding: Score | Difference) -> str:
    return f"{finding.codes} codes" if finding.codes else words("features", finding.features)


def main() -> None:
    """Run every seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--subjects", type=int, default=600)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--grid", default="t1w_32")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    budget = replace(
        get_budget("short"),
        folds=options.folds,
        epochs=options.epochs,
        latent_sizes=SIZES,
        random_latent_sizes=(),
        random_latent_folds=0,
        permutations=100,
        replicates=500,
    )
    rows = {}
    for seed in range(options.seeds):
        start = time.monotonic()
        settings = f"{options.grid}-n{options.subjects}-folds{options.folds}-epochs{options.epochs}"
        folder = options.out / settings / f"seed-{seed}"
        done = folder / "results.csv"
        if not done.is_file():
            source = simulate(
                folder / "simulated", subjects=options.subjects, seed=seed, spacing=4.0, workers=options.workers
            )
            request = Request(get_grid(options.grid), only=("scans",), workers=options.workers)
            bundles = {"t1w_autoencoder": bundle_path("t1w_autoencoder")}
            reproduce(read_cohort(source), folder, bundles, budget, request, seed)
        rows[seed] = measure(read_results(done))
        Console(stderr=True).print(f"seed {seed}: {time.monotonic() - start:.0f} s")
    table = pd.DataFrame(rows)
    shown = Table(title=f"{options.subjects} simulated subjects a seed, {options.grid}, {options.epochs} epochs")
    for column in ("measure", "mean", "lowest", "highest", *(f"seed {seed}" for seed in rows)):
        shown.add_column(column)
    for name, values in table.iterrows():
        cells = (values.mean(), values.min(), values.max(), *values)
        shown.add_row(str(name), *(f"{cell:.4g}" for cell in cells))
    Console(width=160).print(shown)


if __name__ == "__main__":
    main()
