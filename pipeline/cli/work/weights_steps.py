"""What `weights` does: its people, what is measured of weights, where they are installed, and the table of all."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from brainaging.bundles.compose import SOURCES, main
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.experiments.shipped.edit_figures import edit_figures
from brainaging.pipeline.experiments.shipped.figures import Figure
from brainaging.pipeline.experiments.shipped.installation import Weights, install, script
from brainaging.pipeline.experiments.shipped.network_figures import network_figures
from brainaging.pipeline.experiments.shipped.real_scans import figures_of_real_scans
from brainaging.pipeline.experiments.shipped.recipe_people import people_of_table, simulated_people
from brainaging.pipeline.experiments.shipped.recipes import EDIT, TABLE, Recipe, recipe_people
from brainaging.pipeline.runtime import write_json
from brainaging.pipeline.runtime.shipped_weights import shipped_weights

#: bundles that read sex and age, of real scans too
READERS = ("t1w_sex_classifier", "t1w_age_regressor")
GENERATOR = "t1w_gan"


def made_people(recipe: Recipe, out: Path, table: Path | None, workers: int) -> Prepared | PreparedTable:
    """Return whom a recipe's weights are trained and measured on."""
    if recipe.name == TABLE:
        return people_of_table(table, out)
    return simulated_people(recipe, recipe_people(), out, workers)


def measured(
    recipe: Recipe,
    bundle: Path,
    weights: Path,
    people: Prepared | PreparedTable,
    out: Path,
    real_scans: Path | None,
) -> list[Figure]:
    """Return what is measured of weights."""
    if recipe.name == EDIT and isinstance(people, Prepared):
        return edit_figures(weights, people)
    reader = None
    if recipe.name == GENERATOR:
        own = out / READERS[0] / "model.pt"
        said = shipped_weights(bundle.parent / READERS[0])
        reader = own if own.is_file() else None if said is None else said.path
    figures = network_figures(bundle, weights, people, reader)
    if recipe.name in READERS and real_scans is not None:
        figures += figures_of_real_scans(bundle, weights, real_scans)
    return figures


def core_minutes(path: Path, more: float) -> float:
    """Return the minutes of one core that a training has taken so far, and keep them in a file.

    Args:
        path: the file.
        more: seconds of this run.
    """
    known = json.loads(path.read_text(encoding="utf-8"))["core_minutes"] if path.is_file() else 0.0
    total = float(known) + more / 60
    write_json(path, {"core_minutes": total})
    return total


def installed(weights: Weights, figures: Sequence[Figure], bundle: Path) -> list[Path]:
    """Put weights and figures into a checkout's bundle, and compose its configs anew."""
    written = install(weights, figures, bundle, SOURCES)
    main([])
    scripted = script(weights.recipe, bundle)
    return [*written, *([] if scripted is None else [scripted])]


def show(bundle: str, figures: Sequence[Figure], shipped: Mapping[str, Any]) -> Table:
    """Return figures as a table for the terminal, what ships beside them."""
    table = Table(title=f"{bundle}: people whom nobody learned from", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("figure", "value", "95 % interval", "n", "ships with", "beside", "its value"):
        table.add_column(column)
    for each in figures:
        band = f"{each.low:.4g} to {each.high:.4g}"
        known = f"{shipped[each.metric]['value']:.4g}" if each.metric in shipped else "–"
        other = f"{each.beside_value:.4g}" if each.beside else ""
        table.add_row(each.metric, f"{each.value:.4g}", band, str(each.n), known, each.beside, other)
    return table
