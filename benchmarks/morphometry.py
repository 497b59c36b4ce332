"""Age and sex from real FreeSurfer tables: random folds beside whole sites held out, ComBat, and the latents.

    python benchmarks/morphometry.py --data ../shared/data

Tables: fcon1000.csv (23 sites) and aomic_piop2 (one site, FreeSurfer's own tables). Nothing is tuned on test
people: scaling, gaps, penalties, ComBat and the autoencoder are fitted inside each training fold.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import SourceFormat, read_cohort
from brainaging.pipeline.data.morphometry import PreparedTable, prepare_morphometry, read_morphometry
from brainaging.pipeline.data.splits import random_folds
from brainaging.pipeline.experiments.fold_training import FoldTraining, encode_folds
from brainaging.pipeline.experiments.table.sites import leave_one_site_out
from brainaging.pipeline.runtime import log_to, seed_everything
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.baselines import mean_age
from brainaging.pipeline.stats.bootstrap import interval
from brainaging.pipeline.stats.encodings import latent_spaces
from brainaging.pipeline.stats.learners import combat_spaces, cross_validate, regress_table
from brainaging.pipeline.stats.learners.harmonise import available
from brainaging.pipeline.stats.learners.model_grid import SUPPORT_VECTORS
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace
from brainaging.pipeline.stats.scores import Metric, auc, mae, r_squared
from brainaging.pipeline.stats.table_spaces import table_spaces

CODES = 80
SEED = 0


class Bench:
    """One table's rows: what was predicted from what, on which split, with intervals over people."""

    def __init__(self, title: str, table: PreparedTable, replicates: int) -> None:
        self.table, self.replicates = table, replicates
        self.values = table.values.astype(float)
        self.sex = table.cohort.table["sex"].to_numpy(str)
        self.years = table.cohort.age_years()
        self.alone = np.arange(len(table))
        self.shown = Table(title=title, title_justify="left")
        for column in ("split", "from", "by", "measure", "value", "95 % interval"):
            self.shown.add_column(column)

    def add(
        self, split: str, features: str, model: str, scores: Sequence[tuple[str, Metric, Predictions]]
    ) -> None:
        """Add a row a measure."""
        for name, metric, pred in scores:
            value, low, high = interval(metric, pred, self.alone, SEED, self.replicates)
            self.shown.add_row(split, features, model, name, f"{value:.3f}", f"{low:.3f} to {high:.3f}")

    def probe(self, split: str, features: str, spaces: list[FoldSpace], every_model: bool = False) -> None:
        """Add sex by logistic regression and age by ridge, or by every model of the table."""
        predicted = classify(spaces, self.sex, self.alone, SEED)
        self.add(split, features, "logistic regression", [("sex AUC", auc, predicted)])
        if every_model:
            kernel = cross_validate(SUPPORT_VECTORS, spaces, self.sex, self.alone, SEED)
            self.add(split, features, "support vectors", [("sex AUC", auc, kernel)])
        models = (
            regress_table(spaces, self.years, self.alone, SEED)
            if every_model
            else {"ridge": regress(spaces, self.years, self.alone, SEED)}
        )
        for name, pred in models.items():
            scores = [("age R²", r_squared, pred.raw), ("age MAE (years)", mae, pred.raw)]
            self.add(split, features, name.replace("_", " "), scores)

    def latents(self, folds: Sequence[Fold], out: Path) -> list[FoldSpace]:
        """Return the autoencoder's codes on every fold."""
        training = FoldTraining(bundle_path("morphometry_autoencoder"), CODES, epochs=60, seed=SEED)
        return latent_spaces(encode_folds(self.table, self.table.values, folds, out, training), folds)


def fcon(data: Path, work: Path, quick: bool) -> Table:
    """Return the rows of fcon1000."""
    source = data / "fcon1000.csv"
    cohort = read_cohort(source, scans=False, source_format=SourceFormat(sex_codes={"0": "F", "1": "M"}))
    bench = Bench(
        "fcon1000: 1078 people, 23 sites", prepare_morphometry(cohort, read_morphometry(source), work / "p"), 1000
    )
    sites = cohort.table["site"].to_numpy(str)
    splits: dict[str, Sequence[Fold]] = {
        "random, 5 folds": random_folds(bench.alone, None, 5, SEED),
        "each site held out": leave_one_site_out(sites),
    }
    for number, (split, folds) in enumerate(splits.items()):
        some = folds[:2] if quick else folds
        spaces = table_spaces(bench.values, some)
        mean = mean_age(spaces, bench.years)
        bench.add(split, "nothing", "training mean", [("age MAE (years)", mae, mean)])
        bench.probe(split, "table", spaces, every_model=not quick)
        bench.probe(split, f"{CODES} codes", bench.latents(some, work / f"codes-{number}"))
        if number == 0 and available:
            # what is predicted is never protected: each target has its own ComBat
            sexed = np.select([bench.sex == "M", bench.sex == "F"], [1.0, 0.0], np.nan)
            by_sex = combat_spaces(bench.values, some, sites, protect=bench.years)
            by_age = combat_spaces(bench.values, some, sites, protect=sexed)
            pred = classify(by_sex, bench.sex, bench.alone, SEED)
            bench.add(split, "table, ComBat", "logistic regression", [("sex AUC", auc, pred)])
            guess = regress(by_age, bench.years, bench.alone, SEED).raw
            scores = [("age R²", r_squared, guess), ("age MAE (years)", mae, guess)]
            bench.add(split, "table, ComBat", "ridge", scores)
    return bench.shown


def aomic(data: Path, work: Path, quick: bool) -> Table:
    """Return the rows of aomic_piop2, read as FreeSurfer wrote it."""
    root = data / "aomic_piop2"
    cohort = read_cohort(root, scans=False)
    measured = read_morphometry(root / "derivatives" / "fs_stats")
    bench = Bench("aomic_piop2: 226 people, one site", prepare_morphometry(cohort, measured, work / "p"), 1000)
    folds = random_folds(bench.alone, None, 2 if quick else 5, SEED)
    bench.probe("random, 5 folds", "table", table_spaces(bench.values, folds))
    bench.probe("random, 5 folds", f"{CODES} codes", bench.latents(folds, work / "codes"))
    return bench.shown


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--quick", action="store_true", help="two folds and one age model: a smoke test")
    options = parser.parse_args()
    if not (options.data / "fcon1000.csv").is_file():
        sys.exit(f"{options.data}: no fcon1000.csv there: name the folder of open data with --data")
    parts: dict[str, Callable[[Path, Path, bool], Table]] = {"fcon": fcon, "aomic": aomic}
    with tempfile.TemporaryDirectory(prefix="brainaging-morphometry-") as folder, log_to(Path(folder) / "run.log"):
        for name, part in parts.items():
            if name == "aomic" and not (options.data / "aomic_piop2").is_dir():
                print(f"{options.data}: no aomic_piop2 there: left out", file=sys.stderr)
                continue
            seed_everything(SEED)
            Console(width=120).print(part(options.data, Path(folder) / name, options.quick))


if __name__ == "__main__":
    main()
