"""What is each generator worth? Every generator beside the same held-out simulated people.

    python benchmarks/generators.py --out /tmp/generators --scenario lifespan --subjects 600 --others 600

Simulates people to learn from, and other people: two seeds, or with ``--others 0`` the halves of one cohort's
families. Half of the other people's families are what readers learn from, the rest are the fresh people to
measure by. Learns a PCA sampler, the conditional flow as it starts and trained, the appearance model that it
decodes with, and with ``--gan`` the GAN and what it starts from; and prints the tables of
``brainaging reproduce --only generators``: fidelity and privacy, asked and measured, readers, instruments.

The findings stand in ``findings.csv``, brains of each generator in ``generators.npz``. A stopped run goes on
from the weights that it kept when typed again.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared, holdout, prepare, read_cohort
from brainaging.pipeline.experiments.budget import BUDGETS, GeneratorsBudget
from brainaging.pipeline.experiments.generator_comparison.brains_to_compare import brains_to_compare, flow_learner
from brainaging.pipeline.experiments.generator_comparison.compared_people import ComparedPeople, known_people
from brainaging.pipeline.experiments.generator_comparison.run import compared_findings, write_brains
from brainaging.pipeline.experiments.synthetic.generators import gan_learner
from brainaging.pipeline.experiments.synthetic.training import Training
from brainaging.pipeline.report.chapters.generator_worth import worth_tables
from brainaging.pipeline.results import write_results
from brainaging.pipeline.runtime import log_to, seed_everything
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid

#: of the other people's families, those that readers learn from; of one cohort's, those that generators learn from
READERS, HALF = 0.5, 0.5


def simulated(folder: Path, options: argparse.Namespace, subjects: int, seed: int) -> Prepared:
    """Simulate ``subjects`` of a scenario, and prepare their scans."""
    source = simulate(
        folder / "simulated",
        scenario=options.scenario,
        subjects=subjects,
        seed=seed,
        spacing=4.0,
        workers=options.workers,
    )
    return prepare(read_cohort(source), get_grid(options.grid), folder / "prepared", workers=options.workers)


def parted(prepared: Prepared, rows: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a share of some rows, and the rest; no family is in both."""
    cohort = prepared.cohort
    parts = holdout(cohort.groups()[rows], (share, 1 - share), cohort.strata()[rows], seed)
    return rows[parts["train"]], rows[parts["test"]]


def compared(options: argparse.Namespace) -> tuple[Training, np.ndarray, ComparedPeople]:
    """Return where generators are trained, on which rows, and everybody that they are compared on."""
    first = simulated(options.out / "learned", options, options.subjects, options.seed)
    volumes, rows, others = first.volumes(), np.arange(len(first)), first
    training = Training(first, volumes, options.out / "models", options.seed)
    if options.others:
        seed = options.seed + 1000 if options.others_seed is None else options.others_seed
        others = simulated(options.out / "others", options, options.others, seed)
        rest, of_others = np.arange(len(others)), others.volumes()
    else:
        rows, rest = parted(first, rows, HALF, options.seed)
        of_others = volumes
    readers, fresh = parted(others, rest, READERS, options.seed)
    people = ComparedPeople(
        known_people(first, volumes, rows),
        known_people(others, of_others, readers),
        known_people(others, of_others, fresh),
        first.grid,
        options.scenario,
    )
    return training, rows, people


def main() -> None:
    """Simulate, learn, make, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenario", default="lifespan")
    parser.add_argument("--subjects", type=int, default=600, help="that generators learn from")
    parser.add_argument("--others", type=int, default=600, help="people of another seed; 0 parts one cohort")
    parser.add_argument("--grid", default="t1w_32")
    parser.add_argument("--latent-size", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=12, help="of the flow")
    parser.add_argument("--gan", action="store_true", help="train the GAN too")
    parser.add_argument("--gan-budget", choices=list(BUDGETS), default="short", help="its epochs")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the people that generators learn from, and all else"
    )
    parser.add_argument("--others-seed", type=int, help="of the other people; 1000 more than --seed")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    begun, console = time.monotonic(), Console(width=220)
    training, rows, people = compared(options)
    ready = time.monotonic()
    with log_to(options.out / "run.log"):
        seed_everything(options.seed)
        budget = GeneratorsBudget(options.epochs, min(options.latent_size, len(rows)))
        flow = flow_learner(
            bundle_path("t1w_conditional_generator"),
            budget,
            budget.latent_size,
            training.prepared.cohort.restricted_path,
        )
        synthetic = BUDGETS[options.gan_budget].synthetic
        adversarial = gan_learner(bundle_path("t1w_gan"), synthetic, min(synthetic.latent_size, len(rows)))
        brains = brains_to_compare(training, flow, adversarial if options.gan else None, rows, people)
        made = time.monotonic()
        findings = write_results(compared_findings(brains, people, options.seed), options.out / "findings.csv")
        write_brains(options.out / "generators.npz", brains, people)
    for table in worth_tables(findings):
        shown = Table(title=table.caption, title_justify="left")
        for column in table.head:
            shown.add_column(column)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
    console.print(
        f"{len(people.learned)} learned from, {len(people.readers)} for readers, {len(people.fresh)} measured by. "
        f"people {ready - begun:.0f} s, learning and making {made - ready:.0f} s, measuring "
        f"{time.monotonic() - made:.0f} s"
    )


if __name__ == "__main__":
    main()
