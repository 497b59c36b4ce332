"""Weights trained by their recipe, in half precision, as they ship."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.counterfactual.covariates import cohort_covariates
from brainaging.pipeline.counterfactual.edit_checkpoint import save
from brainaging.pipeline.counterfactual.learn import LearningScans, learn
from brainaging.pipeline.counterfactual.reader_split import split_for_reader
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import halved, place_value, read_checkpoint, run_bundle, write_checkpoint
from brainaging.pipeline.experiments.shipped.recipe_people import LEARNED
from brainaging.pipeline.experiments.shipped.recipes import EDIT, Recipe
from brainaging.pipeline.handlers import BEST
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)
#: the file of weights in a bundle's folder
MODEL = "model.pt"
#: recipes that learn ages in years
AGES = ("t1w_age_regressor", "t1w_conditional_generator")
#: bytes that a file may have, of what is kept in the repository and in the wheel. Sensitivity: of sizes alone
LARGEST = 10 * 10**6


def train(
    recipe: Recipe, bundle: Path, people: Prepared | PreparedTable, out: Path, seed: int, generator: Path | None
) -> Path:
    """Train a recipe's weights and return their file, ``model.pt``.

    Args:
        recipe: what is trained.
        bundle: its folder.
        people: whom it is trained on, its own part of them.
        out: gets the weights, and in ``training`` what led to them; a stopped training goes on.
        seed: of weights and batches.
        generator: weights of another recipe that it starts from.

    Raises:
        UserError: the recipe needs a generator's weights, or what came has more bytes than a file may have.
    """
    path = out / MODEL
    if recipe.name == EDIT and isinstance(people, Prepared):
        _learn_edit(recipe, people, out / "training" / MODEL, seed)
        state = read_checkpoint(out / "training" / MODEL)
    else:
        state = read_checkpoint(_train_network(recipe, bundle, people, out / "training", seed, generator))
    write_checkpoint(path, halved(state))
    size = path.stat().st_size
    if size > LARGEST:
        raise UserError(
            f"{path}: expected at most {LARGEST:,} bytes, found {size:,}: make the recipe's sizes smaller"
        )
    return path


def _train_network(
    recipe: Recipe,
    bundle: Path,
    people: Prepared | PreparedTable,
    folder: Path,
    seed: int,
    generator: Path | None,
) -> Path:
    overrides: dict[str, Any] = dict(recipe.settings)
    if recipe.generator:
        if generator is None:
            raise UserError(f"weights {recipe.name}: expected the weights of {recipe.generator}, found none")
        overrides = {"generator": place_value(generator), **read_checkpoint(generator)["settings"], **overrides}
    restricted = people.cohort.restricted_path
    if recipe.name in AGES and restricted is not None:
        # simulated people: what is restricted of HCP's is known of them, and their weights need no care
        overrides["restricted"] = place_value(Path(restricted))
        if recipe.name == "t1w_conditional_generator":
            overrides["network_def#restricted"] = not people.cohort.simulated
    run_bundle(
        bundle,
        "train",
        dataset_dir=place_value(people.folder),
        ckpt_dir=place_value(folder),
        output_dir=place_value(folder),
        seed=seed,
        **overrides,
    )
    return folder / BEST


def _learn_edit(recipe: Recipe, people: Prepared, path: Path, seed: int) -> None:
    """Learn an edit from the people who are learned from, its reader from a part of them."""
    covariates, complete = cohort_covariates(people.cohort, people.head_size)
    learned = np.concatenate([people.split(name) for name in LEARNED])
    kept = np.flatnonzero(np.isin(complete, learned))
    rows = complete[kept]
    groups, strata = (np.asarray(each)[rows] for each in (people.cohort.groups(), people.cohort.strata()))
    own, others, reason = split_for_reader(groups, strata)
    scans = [
        LearningScans.of(people, rows[part], covariates[kept[part]]) if len(part) else None
        for part in (own, others)
    ]
    if scans[0] is None:
        raise UserError("weights edit: expected people of known age and sex to learn from, found nobody")
    model, _ = learn(
        scans[0],
        scans[1],
        cohort=people.cohort.name,
        simulated=people.cohort.simulated,
        no_reader=reason,
        seed=seed,
        **recipe.settings,
    )
    save(model, path)
