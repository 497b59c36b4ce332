"""What is each generator worth? Every generator beside the same held-out simulated people. Three tables.

    python benchmarks/generators.py --out /tmp/generators --scenario lifespan --subjects 600 --others 600

Simulates people to learn from, and other people: two seeds, or with ``--others 0`` the halves of one cohort's
families. A third of the other people's families is what readers learn from, the rest are the fresh people to
measure by. Learns a PCA sampler, the appearance model that the GAN starts from, the conditional flow as it
starts and trained, and with ``--gan`` the GAN; and prints

- what was asked and what is measured: slopes of ventricles, grey matter and the like with age, sex and head size
  of brains made for the fresh people's own covariates, beside those people's, the spread they leave, and distances
  within decades beside those of other real people;
- what is read: age and sex by readers that learned from other people, beside what they read in fresh people; and
  what brains teach: readers that learned from generated brains alone, tested on fresh people;
- distances with their real-real floor, variance, tissue, copies, real or fake, and what gives members away.

A stopped run goes on from the brains that it wrote when typed again.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from brainaging.bundles import bundle_path
from brainaging.networks import T1wConditionalGenerator, T1wGenerator
from brainaging.pipeline.data import (
    Prepared,
    holdout,
    person_covariates,
    prepare,
    read_cohort,
    sex_numbers,
    with_covariates,
    with_sex,
)
from brainaging.pipeline.engines import generate_volumes, load_network, train_bundle
from brainaging.pipeline.experiments.shipped.ordered_figures import made_for
from brainaging.pipeline.handlers import BEST
from brainaging.pipeline.measures.fidelity import (
    GaussianSampler,
    distance_to_real,
    frechet_distance,
    memorisation,
    mmd,
    pca_space,
    real_or_fake,
    tissue_distances,
    tissue_volumes,
    variance_ratio,
)
from brainaging.pipeline.measures.fidelity.conditional_truth import SLOPES, Compared, conditional_truth
from brainaging.pipeline.measures.fidelity.membership import membership
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.runtime import generator, log_to, seed_everything, subseed
from brainaging.pipeline.simulate import simulate
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import fold_spaces
from brainaging.transforms import get_grid, template_mask

DESIGN = "age + sex + head_size"
#: of the training people's families, those that choose the epoch; of the others', those that readers learn from
VALIDATION, READERS = 0.15, 1 / 3
#: of one cohort's families, where there is no other, those that generators learn from
HALF = 0.5
#: draws of a distance's samples
DRAWS = 20
#: width of a ratio's interval from which it is not shown
WIDEST = 2.0
#: of either kind, that real or fake is told of: more tell a little more apart, and take the square of the time
TOLD = 250
FLOW, START, APPEARANCE, SAMPLER, GAN = "flow", "flow as it starts", "appearance model", "PCA sampler", "GAN"


@dataclass(frozen=True)
class Group:
    """People: their rows (n,) of a prepared cohort, scans (n, X, Y, Z), covariates (n, 3) in years, 0 or 1 and mL,
    families (n,).
    """

    prepared: Prepared
    rows: np.ndarray
    volumes: np.ndarray
    covariates: np.ndarray
    families: np.ndarray

    @classmethod
    def simulated(cls, folder: Path, options: argparse.Namespace, subjects: int, seed: int) -> "Group":
        """Simulate, prepare and read ``subjects`` of a scenario, their exact ages in memory."""
        source = simulate(
            folder / "simulated",
            scenario=options.scenario,
            subjects=subjects,
            seed=seed,
            spacing=4.0,
            workers=options.workers,
        )
        prepared = prepare(
            read_cohort(source), get_grid(options.grid), folder / "prepared", workers=options.workers
        )
        return cls(
            prepared,
            np.arange(len(prepared)),
            prepared.volumes(),
            person_covariates(prepared, DESIGN).astype(float),
            np.asarray(prepared.cohort.groups()),
        )

    def parted(self, share: float, seed: int) -> "tuple[Group, Group]":
        """Return a share of the people, and the rest; no family is in both."""
        strata = self.prepared.cohort.strata()[self.rows]
        parts = holdout(self.families, (share, 1 - share), strata, seed)
        first, second = (
            Group(self.prepared, self.rows[own], self.volumes[own], self.covariates[own], self.families[own])
            for own in (parts["train"], parts["test"])
        )
        return first, second

    def items(self) -> list[dict[str, object]]:
        """Return the scans with their covariates, as bundles train on them."""
        return with_covariates(self.prepared.datalist(self.rows), self.covariates.astype(np.float32))


def conditional_network(learned: Group, options: argparse.Namespace) -> T1wConditionalGenerator:
    """Return the conditional generator, trained on a part of the families and its epoch chosen on the others."""
    bundle, folder = bundle_path("t1w_conditional_generator"), options.out / "conditional"
    if not (folder / "done").exists():
        items = [part.items() for part in learned.parted(1 - VALIDATION, options.seed)]
        train_bundle(
            bundle,
            folder,
            *items,
            dataset_dir=str(learned.prepared.folder),
            seed=options.seed,
            latent_size=options.latent_size,
            epochs=options.epochs,
        )
        (folder / "done").touch()
    network = load_network(bundle, folder / BEST, dataset_dir=str(learned.prepared.folder))
    return cast(T1wConditionalGenerator, network)


def gan_network(learned: Group, options: argparse.Namespace) -> T1wGenerator:
    """Return the GAN, trained with the settings of its bundle."""
    bundle, folder = bundle_path("t1w_gan"), options.out / "gan"
    if not (folder / "done").exists():
        fit, choose = learned.parted(1 - VALIDATION, options.seed)
        items = with_sex(fit.prepared.datalist(fit.rows), sex_numbers(fit.prepared.cohort)[fit.rows])
        choosers = choose.prepared.datalist(choose.rows)
        place = str(learned.prepared.folder)
        train_bundle(bundle, folder, items, choosers, dataset_dir=place, seed=options.seed)
        (folder / "done").touch()
    return cast(T1wGenerator, load_network(bundle, folder / BEST, dataset_dir=str(learned.prepared.folder)))


def brains_of(
    learned: Group, fresh: Group, options: argparse.Namespace
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return brains by generator, made for the fresh people's covariates, and those made for learned people's."""
    kept = options.out / "brains.npz"
    if kept.exists():
        with np.load(kept) as held:
            found = {name: held[name] for name in held.files}
    else:
        count, seed = len(fresh.volumes), subseed(options.seed, "brains")
        network = conditional_network(learned, options)
        start = conditional_network(learned, options)
        for weights in start.flow.learned.output.parameters():
            torch.nn.init.zeros_(weights)
        z, detail = network.draw(count, torch.Generator().manual_seed(seed))
        wide = template_mask(learned.prepared.grid, dilate_mm=12.0)
        found = {
            FLOW: made_for(network, fresh.covariates, seed),
            START: made_for(start, fresh.covariates, seed),
            APPEARANCE: generate_volumes(network.decoder, z, detail),
            SAMPLER: GaussianSampler.fit(learned.volumes, wide).sample(count, seed).astype(np.float32),
            f"{FLOW}, as many as learned": made_for(network, learned.covariates, seed + 1),
        }
        if options.gan:
            gan = gan_network(learned, options)
            found[GAN] = generate_volumes(gan, *gan.draw(count, torch.Generator().manual_seed(seed)))
        np.savez(kept, **found)
    teaching = {FLOW: found.pop(f"{FLOW}, as many as learned")}
    return found, teaching


def measures(volumes: np.ndarray, group: Group) -> dict[str, np.ndarray]:
    """Return what is measured of brains (n, X, Y, Z), mL by name, (n,) each."""
    grid = group.prepared.grid
    return {**tissue_volumes(volumes, grid), "head size": head_sizes(volumes, grid.spacing)}


def asked_and_measured(
    brains: dict[str, np.ndarray], fresh: Group, learned: Group, seed: int
) -> tuple[Table, dict[str, object]]:
    """Return the table of slopes and spreads of generators that know covariates, and the same as numbers."""
    table = Table(title="asked and measured, by what real people of the same age, sex and head size have")
    for column in ("generator", "measure", *SLOPES, "spread", "within decades, SD", "other real people"):
        table.add_column(column)
    real, other, numbers = measures(fresh.volumes, fresh), measures(learned.volumes, learned), {}
    for name in (START, FLOW):
        for measure, made in measures(brains[name], fresh).items():
            truth = conditional_truth(
                made,
                real[measure],
                np.column_stack([other[measure], learned.covariates]),
                fresh.covariates,
                fresh.families,
                seed,
            )
            figures = [*truth.slopes.values(), truth.spread]
            table.add_row(name, measure, *map(_ratio, figures), f"{truth.distance:.3f}", f"{truth.floor:.3f}")
            numbers[f"{name}, {measure}"] = {
                **{key: vars(value) for key, value in truth.slopes.items()},
                "spread": vars(truth.spread),
                "distance": truth.distance,
                "floor": truth.floor,
            }
    return table, numbers


def _ratio(figure: Compared) -> str:
    band = f"{figure.ratio:.2f} ({figure.low:.2f} to {figure.high:.2f})"
    # a ratio to what may be nothing says nothing
    known = figure.high - figure.low < WIDEST
    return (
        f"{band}; {figure.made:.3g} of {figure.real:.3g}" if known else f"{figure.made:.3g} of {figure.real:.3g}"
    )


def read(train: np.ndarray, known: np.ndarray, test: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> list[str]:
    """Return how well linear readers that learn from brains of known age and sex read others: sex and age.

    Args:
        train: (n, X, Y, Z).
        known: (n, 3) their covariates.
        test: (m, X, Y, Z).
        truth: (m, 3) theirs.
        mask: (X, Y, Z) bool.
    """
    both = np.concatenate([train[:, mask], test[:, mask]])
    rows, groups = np.arange(len(both)), np.arange(len(both))
    spaces = fold_spaces(both, [(rows[: len(train)], rows[len(train) :])])
    covariates = np.concatenate([known, truth])
    sexes = np.where(covariates[:, 1] > 0.5, "M", "F")
    said = classify(spaces, sexes, groups, 0)
    years = regress(spaces, covariates[:, 0], groups, 0).raw
    right = float((said.predicted == said.truth).mean())
    majority = float(np.mean(truth[:, 1] == round(float(known[:, 1].mean()))))
    male = said.score[:, list(said.classes).index("M")]
    error = float(np.abs(years.predicted - years.truth).mean())
    mean = float(np.abs(truth[:, 0] - known[:, 0].mean()).mean())
    return [
        f"{right:.3f} (+{right - majority:.3f})",
        f"{roc_auc_score(truth[:, 1] > 0.5, male):.3f}",
        f"{error:.2f} (−{mean - error:.2f})",
        f"{np.corrcoef(years.predicted, years.truth)[0, 1]:.3f}",
    ]


def read_and_taught(
    brains: dict[str, np.ndarray], teaching: dict[str, np.ndarray], groups: tuple[Group, Group, Group]
) -> Table:
    """Return the table of readers: what they read in brains to order, and what generated brains taught them."""
    learned, readers, fresh = groups
    mask = template_mask(fresh.prepared.grid)
    table = Table(title="linear readers (gain over majority class and mean age)")
    for column in ("learned from", "tested on", "sex, accuracy", "AUC", "age, mean error", "r"):
        table.add_column(column)
    for name, tested in ((f"fresh people, {len(fresh.volumes)}", fresh.volumes), (FLOW, brains[FLOW])):
        told = read(readers.volumes, readers.covariates, tested, fresh.covariates, mask)
        table.add_row(f"other people, {len(readers.volumes)}", name, *told)
    told = read(learned.volumes, learned.covariates, fresh.volumes, fresh.covariates, mask)
    table.add_row(f"real people, {len(learned.volumes)}", "fresh people", *told)
    for name, made in teaching.items():
        told = read(made, learned.covariates, fresh.volumes, fresh.covariates, mask)
        table.add_row(f"{name}, {len(made)} generated", "fresh people", *told)
    return table


def fidelity(brains: dict[str, np.ndarray], learned: Group, fresh: Group, seed: int) -> Table:
    """Return the table of distances, diversity, tissue and privacy of every generator."""
    mask = template_mask(fresh.prepared.grid)
    space = pca_space(learned.volumes, mask)
    of_learned, of_fresh = space(learned.volumes), space(fresh.volumes)
    real = tissue_volumes(fresh.volumes, fresh.prepared.grid)
    other = tissue_distances(tissue_volumes(learned.volumes, learned.prepared.grid), real)
    table = Table(title="every generator beside fresh people")
    for column in (
        "generator",
        "Fréchet, by the floor",
        "MMD (floor)",
        "variance ratio",
        "grey, white, ventricles: mL apart",
        "copies (0.01 by chance)",
        "nearer to learned",
        "real or fake, AUC",
        "membership: distance",
        "membership: density",
    ):
        table.add_column(column)
    for name, volumes in brains.items():
        features = space(volumes)
        far = distance_to_real(frechet_distance, features, of_learned, of_fresh, generator(seed, "far"), DRAWS)
        kernel = distance_to_real(mmd, features, of_learned, of_fresh, generator(seed, "mmd"), DRAWS)
        # in the generated brains' own space: one fitted to those who were learned from would tell them by itself
        own = pca_space(volumes, mask)
        spaced = own(volumes), own(learned.volumes), own(fresh.volumes)
        copies = memorisation(*spaced, generator(seed, "copies"))
        told = real_or_fake(fresh.volumes[:TOLD], volumes[:TOLD], mask, seed)
        attacks = membership(*spaced, (learned.families, fresh.families), seed)
        fake = told.score[:, list(told.classes).index("fake")]
        auc = roc_auc_score(told.truth == list(told.classes).index("fake"), fake)
        tissues = tissue_distances(tissue_volumes(volumes, fresh.prepared.grid), real)
        table.add_row(
            name,
            f"{far.value:.3g} = {far.ratio:.2f} × {far.floor:.3g}",
            f"{kernel.value:.4f} ({kernel.floor:.4f})",
            f"{variance_ratio(volumes, fresh.volumes, mask):.2f}",
            ", ".join(f"{value:.1f}" for value in tissues.values()),
            f"{copies.copies:.3f} ({copies.copies_low:.3f} to {copies.copies_high:.3f})",
            f"{copies.nearer:.3f} ({copies.nearer_low:.3f} to {copies.nearer_high:.3f})",
            f"{auc:.3f}",
            *(f"{each.advantage:.3f} ({each.low:.3f} to {each.high:.3f})" for each in attacks.values()),
        )
    table.caption = "tissue of other real people: " + ", ".join(f"{value:.1f}" for value in other.values())
    return table


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
    parser.add_argument("--gan", action="store_true", help="train the GAN too: slow")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the people that generators learn from, and all else"
    )
    parser.add_argument("--others-seed", type=int, help="of the other people; 1000 more than --seed")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    begun, console = time.monotonic(), Console(width=220)
    other_seed = options.seed + 1000 if options.others_seed is None else options.others_seed
    learned = Group.simulated(options.out / "learned", options, options.subjects, options.seed)
    if options.others:
        others = Group.simulated(options.out / "others", options, options.others, other_seed)
    else:
        learned, others = learned.parted(HALF, options.seed)
    readers, fresh = others.parted(READERS, options.seed)
    ready = time.monotonic()
    with log_to(options.out / "run.log"):
        seed_everything(options.seed)
        brains, teaching = brains_of(learned, fresh, options)
        made = time.monotonic()
        table, numbers = asked_and_measured(brains, fresh, learned, options.seed)
        (options.out / "conditional.json").write_text(json.dumps(numbers, indent=2), encoding="utf-8")
        console.print(table)
        console.print(read_and_taught(brains, teaching, (learned, readers, fresh)))
        console.print(fidelity(brains, learned, fresh, options.seed))
    console.print(
        f"people {ready - begun:.0f} s, learning and making {made - ready:.0f} s, "
        f"measuring {time.monotonic() - made:.0f} s"
    )


if __name__ == "__main__":
    main()
