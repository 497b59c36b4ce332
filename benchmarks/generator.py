"""How faithful, diverse and private are the GAN's brains, beside a sampler that costs nothing? One table.

    python benchmarks/generator.py --out /tmp/generator --subjects 1113 --fresh 600

Simulates a cohort to learn from and a fresh one to be judged by, trains the bundle `t1w_gan`, makes 1000 brains
and prints every figure with what real brains give. A stopped run goes on when typed again; `results.csv` has the
rows.
"""

import argparse
import time
from pathlib import Path
from typing import cast

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from brainaging.bundles import bundle_path
from brainaging.networks import T1wGenerator
from brainaging.pipeline.analysis import write_results
from brainaging.pipeline.analysis.fidelity import GaussianSampler, Samples, fidelity_rows, pca_space
from brainaging.pipeline.analysis.results import Result
from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.engines import BEST, load_network, make_volumes, run_bundle
from brainaging.pipeline.runtime import log_to
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid, template_mask

GAN = bundle_path("t1w_gan")


def prepared(folder: Path, subjects: int, seed: int, grid: str, workers: int) -> Prepared:
    """Simulate and prepare ``subjects`` of the scenario hcp-ya."""
    source = simulate(
        folder / "simulated", scenario="hcp-ya", subjects=subjects, seed=seed, spacing=4.0, workers=workers
    )
    return prepare(read_cohort(source), get_grid(grid), folder / "prepared", workers=workers)


def show(rows: list[Result]) -> Table:
    """Return the rows as a table, one column a generator."""
    names = list(dict.fromkeys(row.model for row in rows))
    table = Table(title="made brains beside fresh scans", title_justify="left")
    for column in ("measure", *names, "real brains"):
        table.add_column(column)
    for key in dict.fromkeys((row.features, row.metric) for row in rows):
        found = {row.model: row for row in rows if (row.features, row.metric) == key}
        first = next(iter(found.values()))
        cells = [f"{found[name].value:.4g}" if name in found else "–" for name in names]
        table.add_row(" ".join(key).replace("_", " "), *cells, f"{first.baseline_value:.4g} ({first.baseline})")
    return table


def main() -> None:
    """Train, make brains, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--subjects", type=int, default=1113)
    parser.add_argument("--fresh", type=int, default=600)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--latent-size", type=int, default=100)
    parser.add_argument("--grid", default="t1w_32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    begun = time.monotonic()
    cohort = prepared(given.out / "cohort", given.subjects, given.seed, given.grid, given.workers)
    fresh = prepared(given.out / "fresh", given.fresh, given.seed + 1000, given.grid, given.workers).volumes()
    # the prepared folder's test subjects train nothing either, but a generator wants every scan it can get
    learn = np.concatenate([cohort.split("train"), cohort.split("test")])
    places = {"ckpt_dir": str(given.out / "model"), "output_dir": str(given.out / "model")}
    sizes = {"dataset_dir": str(cohort.folder), "latent_size": given.latent_size}
    ready = time.monotonic()
    with log_to(given.out / "train.log"):
        data = {"train#data": cohort.datalist(learn)}
        run_bundle(GAN, "train", epochs=given.epochs, seed=given.seed, **places, **sizes, **data)
    trained = time.monotonic()
    network = cast(T1wGenerator, load_network(GAN, given.out / "model" / BEST, **sizes))
    train, mask = cohort.volumes(learn), template_mask(cohort.grid)
    wide = template_mask(cohort.grid, dilate_mm=12.0)
    made = {
        "GAN": make_volumes(network, *network.draw(given.count, torch.Generator().manual_seed(given.seed))),
        "PCA-100, Gaussian": GaussianSampler.fit(train, wide).sample(given.count, given.seed),
    }
    spaces = [pca_space(train, mask)]
    rows = [
        row
        for name, fake in made.items()
        for row in fidelity_rows(
            name, Samples(fake, train, fresh, mask, cohort.grid), spaces, cohort.cohort.name, given.seed
        )
    ]
    write_results(rows, given.out / "results.csv")
    console = Console()
    console.print(show(rows))
    console.print(
        f"{len(train)} scans trained {given.epochs} epochs in {trained - ready:.0f} s; "
        f"cohorts {ready - begun:.0f} s, measuring {time.monotonic() - trained:.0f} s"
    )


if __name__ == "__main__":
    main()
