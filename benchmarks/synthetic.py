"""The whole chain of synthetic brains on a simulated cohort, judged by fresh simulated people. One table.

    python benchmarks/synthetic.py --out /tmp/synthetic --subjects 1113 --fresh 600

Simulates a cohort like HCP's to learn from and a fresh one to be judged by; trains sex classifiers in grouped
folds, the GAN and its inverse encoder; makes 1000 brains by the GAN, by a PCA sampler and by the original study's
recipe; passes the gate, labels them, and prints every figure beside what real brains give. A stopped run goes on
when typed again; `results.csv` has the rows.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared, grouped_folds, prepare, read_cohort
from brainaging.pipeline.engines import load_network, predict_volumes
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.synthetic import BUNDLES, Synthetic
from brainaging.pipeline.experiments.synthetic.classifiers import FIRST
from brainaging.pipeline.handlers import BEST
from brainaging.pipeline.results.legacy import Result, write_results
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import log_to, seed_everything
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid


def prepared(folder: Path, scenario: str, subjects: int, seed: int, grid: str, workers: int) -> Prepared:
    """Simulate and prepare ``subjects`` of a scenario."""
    source = simulate(
        folder / "simulated", scenario=scenario, subjects=subjects, seed=seed, spacing=4.0, workers=workers
    )
    return prepare(read_cohort(source), get_grid(grid), folder / "prepared", workers=workers)


def show(rows: list[Result]) -> Table:
    """Return every row of the run as a table."""
    table = Table(title="synthetic brains, held-out and fresh people", title_justify="left")
    for column in ("experiment", "of", "model", "measure", "value", "95 % interval", "beside"):
        table.add_column(column)
    for row in rows:
        band = "" if np.isnan(row.ci_low) else f"{row.ci_low:.3g} to {row.ci_high:.3g}"
        beside = "" if np.isnan(row.baseline_value) else f"{row.baseline} {row.baseline_value:.4g}"
        original = "" if np.isnan(row.original_value) else f"; original {row.original_value:.3g}"
        table.add_row(
            row.experiment, row.features, row.model, row.metric, f"{row.value:.4g}", band, beside + original
        )
    return table


def transfer(folder: Path, out: Path, grid: str, workers: int) -> str:
    """Ask the classifier of simulated brains about real scans, as it is."""
    real = prepare(read_cohort(folder), get_grid(grid), out / "real", workers=workers)
    sex = real.cohort.table["sex"].to_numpy(dtype=str)
    weights = out / "models" / FIRST / "fold-0" / BEST
    network = load_network(bundle_path(BUNDLES[0]), weights, dataset_dir=str(real.folder))
    male = predict_volumes(network, real.volumes())[:, 1]
    hits = balanced_accuracy_score(sex, np.where(male > 0.5, "M", "F"))
    return (
        f"{folder.name}: {len(real)} real scans, sex classifier of simulated brains as it is: balanced accuracy "
        f"{hits:.3f}, AUC {roc_auc_score(sex == 'M', male):.3f}, labelled male {np.mean(male > 0.5):.3f} "
        f"(truth {np.mean(sex == 'M'):.3f}); head size alone AUC {roc_auc_score(sex == 'M', real.head_size):.3f}"
    )


def main() -> None:
    """Simulate, train, make, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--subjects", type=int, default=1113)
    parser.add_argument("--fresh", type=int, default=600)
    parser.add_argument("--scenario", default="hcp-ya")
    parser.add_argument("--budget", default="full", help="short or full")
    parser.add_argument("--rivals", action="store_true", help="in a short run too")
    parser.add_argument("--grid", default="t1w_32")
    parser.add_argument("--real", type=Path, help="a BIDS folder: how does the sex classifier transfer to it?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    begun = time.monotonic()
    cohort = prepared(given.out / "cohort", given.scenario, given.subjects, given.seed, given.grid, given.workers)
    # other people: another seed draws other families
    others = given.seed + 1000
    fresh = prepared(given.out / "fresh", given.scenario, given.fresh, others, given.grid, given.workers)
    ready = time.monotonic()
    budget = get_budget(given.budget)
    size = replace(budget.synthetic, rivals=budget.synthetic.rivals or given.rivals)
    groups = cohort.cohort.groups()
    folds = grouped_folds(groups, cohort.cohort.strata(), budget.folds, given.seed)
    sheet = Sheet(cohort.cohort.name, "T1w", given.seed, np.asarray(groups), budget.replicates)
    with log_to(given.out / "run.log"):
        seed_everything(given.seed)
        bundles = {name: bundle_path(name) for name in BUNDLES}
        Synthetic(cohort, cohort.volumes(), folds, bundles, size, given.out, sheet, fresh).run()
    write_results(sheet.rows, given.out / "results.csv")
    console = Console(width=200)
    console.print(show(sheet.rows))
    if given.real is not None:
        console.print(transfer(given.real, given.out, given.grid, given.workers))
    console.print(f"cohorts {ready - begun:.0f} s, everything else {time.monotonic() - ready:.0f} s")


if __name__ == "__main__":
    main()
