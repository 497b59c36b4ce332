"""Does the autoencoder hold what principal components and voxels hold? Several simulated cohorts, one table.

    python benchmarks/autoencoder.py --out /tmp/autoencoder --seeds 5 --subjects 600

Each seed simulates its own cohort, trains the autoencoders on grouped folds and scores held-out subjects, as
`brainaging reproduce` does. A stopped run goes on when typed again.
"""

import argparse
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.experiments.budget import Budget
from brainaging.pipeline.experiments.reproduce import reproduce
from brainaging.pipeline.results.legacy import read_results
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid

LATENTS = "latents_autoencoder-1000"


def measure(results: pd.DataFrame) -> dict[str, float]:
    """Return the numbers of one seed that the table shows."""
    grouped = results[results["split"] == "grouped"]

    def value(target: str, features: str, metric: str) -> float:
        found = grouped[
            (grouped["target"] == target) & (grouped["features"] == features) & (grouped["metric"] == metric)
        ]
        return float(found["value"].iloc[0]) if len(found) else float("nan")

    flips = [m for m in grouped["metric"].unique() if m.startswith("error_ratio_to_pca_flip")]
    plain = [m for m in grouped["metric"].unique() if m.startswith("error_ratio_to_pca") and m not in flips]
    numbers = {
        "sex balanced accuracy, voxels": value("sex", "voxels", "balanced_accuracy"),
        "sex balanced accuracy, 1000 codes": value("sex", LATENTS, "balanced_accuracy"),
        "their difference": value("sex", f"{LATENTS}_minus_voxels", "balanced_accuracy_difference"),
    }
    for name in ("autoencoder-1000", "autoencoder-100"):
        for metric in (*plain, *flips):
            found = value("image", name, metric)
            if np.isfinite(found):
                # as many components as a cohort allows: a few more or fewer from seed to seed
                most = re.sub(r"-(?!100$)\d+$", "-max", metric)
                numbers[f"{name}: {most.replace('_', ' ')}"] = found
        numbers[f"{name}: mse"] = value("image", name, "mse")
        numbers[f"{name}: ssim"] = value("image", name, "ssim")
    return numbers


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
    given = parser.parse_args()
    budget = Budget(
        folds=given.folds,
        epochs=given.epochs,
        latent_sizes=(1000, 100),
        random_latent_sizes=(),
        random_latent_folds=0,
        table_latent_size=80,
        table_epochs=1,
        permutations=100,
        replicates=500,
    )
    rows = {}
    for seed in range(given.seeds):
        start = time.monotonic()
        settings = f"{given.grid}-n{given.subjects}-folds{given.folds}-epochs{given.epochs}"
        folder = given.out / settings / f"seed-{seed}"
        done = folder / "results.csv"
        if not done.is_file():
            source = simulate(
                folder / "simulated", subjects=given.subjects, seed=seed, spacing=4.0, workers=given.workers
            )
            reproduce(
                read_cohort(source),
                get_grid(given.grid),
                folder,
                {"t1w_autoencoder": bundle_path("t1w_autoencoder")},
                budget,
                seed=seed,
                workers=given.workers,
            )
        rows[seed] = measure(read_results(done))
        Console(stderr=True).print(f"seed {seed}: {time.monotonic() - start:.0f} s")
    table = pd.DataFrame(rows)
    shown = Table(title=f"{given.subjects} simulated subjects a seed, {given.grid}, {given.epochs} epochs")
    for column in ("measure", "mean", "lowest", "highest", *(f"seed {seed}" for seed in rows)):
        shown.add_column(column)
    for name, values in table.iterrows():
        cells = (values.mean(), values.min(), values.max(), *values)
        shown.add_row(str(name), *(f"{cell:.4g}" for cell in cells))
    Console(width=160).print(shown)


if __name__ == "__main__":
    main()
