"""Weights into the bundle that they ship with: the file, its hash in the metadata, TorchScript beside it."""

import json
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from brainaging.pipeline.engines import load_network
from brainaging.pipeline.experiments.shipped.figures import Figure
from brainaging.pipeline.experiments.shipped.recipe_training import MODEL
from brainaging.pipeline.experiments.shipped.recipes import EDIT, Recipe
from brainaging.pipeline.runtime import UserError, atomic_output, file_sha256, write_json, write_text
from brainaging.pipeline.runtime.shipped_weights import ENTRY

#: of the weights; that of what they were learned from is in their card's `data_license.txt`
LICENCE = "Apache-2.0"
#: bundles of which TorchScript ships too: of the others, in full precision, it has more than 10 MB
SCRIPTED = ("morphometry_autoencoder", "t1w_age_regressor", "t1w_autoencoder", "t1w_gan", "t1w_sex_classifier")
SCRIPT = "model.ts"


@dataclass(frozen=True)
class Weights:
    """A file of weights.

    Attributes:
        path: of the file.
        recipe: that it was trained by.
        core_minutes: of one core that its training took.
    """

    path: Path
    recipe: Recipe
    core_minutes: float


#: between these lines of a card stand the figures
BEGIN, END = "<!-- measured: written by `brainaging weights --install` -->", "<!-- end of what was measured -->"


def install(weights: Weights, figures: Sequence[Figure], bundle: Path, sources: Path) -> list[Path]:
    """Put weights into a checkout's bundle, what was measured of them into its card and its metadata's source.

    The configs are composed from their sources afterwards (`make bundles`).

    Args:
        weights: the file, and where it comes from.
        figures: measured of it.
        bundle: the bundle's folder.
        sources: the folder of the configs' sources.

    Returns:
        the files that were written.

    Raises:
        UserError: there are no sources: this is no checkout.
    """
    metadata = sources / bundle.name / "metadata.json"
    if not metadata.is_file():
        raise UserError(f"{metadata}: expected a checkout with the sources of its bundles, found none")
    target = bundle / "models" / MODEL
    with atomic_output(target) as temporary:
        shutil.copyfile(weights.path, temporary)
    content = json.loads(metadata.read_text(encoding="utf-8"))
    content[ENTRY] = {
        "file": f"models/{MODEL}",
        "sha256": file_sha256(target),
        "grid": weights.recipe.grid,
        "licence": LICENCE,
        "recipe": f"brainaging weights {weights.recipe.name}",
        "core_minutes": round(weights.core_minutes, 1),
    }
    content["eval_metrics"] = {figure.metric: figure.entry for figure in figures}
    write_json(metadata, content)
    card = bundle / "docs" / "README.md"
    write_text(card, with_figures(card.read_text(encoding="utf-8"), weights, figures, card))
    return [target, metadata, card]


def with_figures(text: str, weights: Weights, figures: Sequence[Figure], card: Path) -> str:
    """Return a card's text with its figures replaced.

    Raises:
        UserError: the card has no place for them.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise UserError(
            f"{card}: expected the lines {BEGIN!r} and {END!r}, found none: the figures go between them"
        )
    rows = ["| figure | value | 95 % interval | n | beside it |", "| --- | --- | --- | --- | --- |"]
    for each in figures:
        beside = f"{each.beside}: {each.beside_value:.3g}" if each.beside else ""
        band = f"{each.low:.3g} to {each.high:.3g}"
        rows.append(f"| `{each.metric}` | {each.value:.3g} | {band} | {each.n} | {beside} |")
    cost = (
        f"Training took {weights.core_minutes:.0f} minutes of one core ({platform.machine()}, no GPU), which the "
        "command adds up in `cost.json`."
    )
    return f"{before}{BEGIN}\n\n" + "\n".join(rows) + f"\n\n{cost}\n\n{END}{after}"


def script(recipe: Recipe, bundle: Path) -> Path | None:
    """Write the installed weights as TorchScript beside them, as MONAI's ``ckpt_export`` does; None of none."""
    if recipe.name not in SCRIPTED or recipe.name == EDIT:
        return None
    network = load_network(bundle, bundle / "models" / MODEL)
    path = bundle / "models" / SCRIPT
    with atomic_output(path) as temporary:
        torch.jit.script(network).save(str(temporary))
    return path
