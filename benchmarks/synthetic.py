"""The whole chain of synthetic brains on a simulated cohort, measured against fresh simulated people. One table.

    python benchmarks/synthetic.py --out /tmp/synthetic --subjects 1113 --fresh 600

Simulates a cohort like HCP's to learn from and a fresh one to measure by; trains sex classifiers in grouped folds,
the GAN and its inverse encoder; generates 1000 brains by the GAN, by the GAN before its adversarial epochs, by a
PCA sampler and by the original study's recipe; passes the gate, labels them, and prints every measure beside what
real brains give. A stopped run goes on when typed again; `results.csv` has the findings.
"""

import argparse
import math
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.engines import load_network, predict_volumes
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.context import Context
from brainaging.pipeline.experiments.synthetic import BUNDLES, run
from brainaging.pipeline.experiments.synthetic.classifiers import FIRST
from brainaging.pipeline.handlers import BEST
from brainaging.pipeline.results import Finding, to_frame, words, write_results
from brainaging.pipeline.results.vocabulary import TERMS
from brainaging.pipeline.runtime import log_to, seed_everything
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid

#: what places a finding, beside its value
PLACES = ("experiment", "target", "features", "codes", "model", "adjustment", "reader", "scale", "metric")


def prepared(folder: Path, options: argparse.Namespace, subjects: int, seed: int) -> Prepared:
    """Simulate and prepare ``subjects`` of a scenario."""
    source = simulate(
        folder / "simulated",
        scenario=options.scenario,
        subjects=subjects,
        seed=seed,
        spacing=4.0,
        workers=options.workers,
    )
    return prepare(read_cohort(source), get_grid(options.grid), folder / "prepared", workers=options.workers)


def show(findings: Iterable[Finding]) -> Table:
    """Return every finding of the run as a table, in the words that the report has."""
    table = Table(title="synthetic brains, held-out and fresh people", title_justify="left")
    for column in ("what", "value", "95 % interval", "baseline"):
        table.add_column(column)
    frame = to_frame(findings)
    for row in frame.to_dict("records"):
        places = [words(name, row[name]) if name in TERMS else row[name] for name in PLACES]
        interval = f"{_short(row['ci_low'])} to {_short(row['ci_high'])}" if row["ci_low"] else ""
        baseline = f"{words('baseline', row['baseline'])} {_short(row['baseline_value'])}".strip()
        original = f"; original {_short(row['original_value'])}" if row["original_value"] else ""
        verdict = {"": "", "True": "passed: ", "False": "failed: "}[row["passed"]] + row["reason"]
        table.add_row(
            ", ".join(place for place in places if place not in ("", "0")),
            _short(row["value"]),
            interval,
            baseline + original + verdict,
        )
    return table


def _short(text: str) -> str:
    return f"{float(text):.4g}" if text and not math.isnan(float(text)) else ""


def transfer(folder: Path, out: Path, grid: str, workers: int) -> str:
    """Let the classifier of simulated brains, as it is, read real scans."""
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
    """Simulate, train, generate, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--subjects", type=int, default=1113)
    parser.add_argument("--fresh", type=int, default=600)
    parser.add_argument("--scenario", default="hcp-ya")
    parser.add_argument("--budget", default="full", help="short or full")
    parser.add_argument("--baselines", action="store_true", help="baseline generators in a short run too")
    parser.add_argument("--grid", default="t1w_32")
    parser.add_argument("--real", type=Path, help="a BIDS folder: how does the sex classifier transfer to it?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    begun = time.monotonic()
    cohort = prepared(options.out / "cohort", options, options.subjects, options.seed)
    # other people: another seed draws other families
    fresh = prepared(options.out / "fresh", options, options.fresh, options.seed + 1000)
    ready = time.monotonic()
    budget = get_budget(options.budget)
    synthetic = replace(budget.synthetic, baselines=budget.synthetic.baselines or options.baselines)
    bundles = {name: bundle_path(name) for name in BUNDLES}
    context = Context(
        options.out,
        bundles,
        replace(budget, synthetic=synthetic),
        seed=options.seed,
        split_seed=options.seed,
        scans=cohort,
    )
    with log_to(options.out / "run.log"):
        seed_everything(options.seed)
        outcome = run(context, outside=fresh)
    findings = write_results(outcome.findings, options.out / "results.csv")
    console = Console(width=200)
    console.print(show(findings))
    if options.real is not None:
        console.print(transfer(options.real, options.out, options.grid, options.workers))
    console.print(f"cohorts {ready - begun:.0f} s, everything else {time.monotonic() - ready:.0f} s")


if __name__ == "__main__":
    main()
