"""Who the weights that ship are trained on: people whom anybody can simulate again, and a table under CC0."""

import logging
from dataclasses import replace
from pathlib import Path

from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.data.morphometry import (
    PreparedTable,
    parse_column,
    prepare_morphometry,
    read_morphometry,
)
from brainaging.pipeline.experiments.shipped.recipes import People, Recipe
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import simulate

log = logging.getLogger(__name__)
#: what is kept of the table, by atlas and measure: what most FreeSurfer tables have, so that these weights can
#: read them. Sensitivity: which tables can be read; areas and intensities would be half of the columns
KEPT = {("desikan-killiany", "thickness"), ("aseg", "volume"), ("global", "volume")}
#: parcels that are kept of a folder with tables of several atlases
ATLAS = "desikan-killiany"
#: parts of the prepared people that weights learn from, and the one that they are measured on
LEARNED, MEASURED = ("train", "val"), "test"


def simulated_people(recipe: Recipe, people: People, folder: Path, workers: int = 1) -> Prepared:
    """Return the recipe's people on its grid; what is in ``folder`` already is kept.

    Args:
        recipe: whose grid they are placed on.
        people: who they are.
        folder: gets ``people`` and ``people-<grid>``; several recipes may share it.
        workers: processes.
    """
    source = simulate(
        folder / "people", people.scenario, people.subjects, people.seed, people.spacing, workers=workers
    )
    restricted = source / "restricted.csv"
    cohort = read_cohort(source, restricted=restricted)
    return prepare(cohort, recipe.grid, folder / f"people-{recipe.grid}", workers=workers)


def people_of_table(source: Path | None, folder: Path) -> PreparedTable:
    """Return the people of AOMIC PIOP2's FreeSurfer table: thickness by Desikan and Killiany, volumes by aseg.

    Args:
        source: the data set's folder.
        folder: gets ``people-table``.

    Raises:
        UserError: no folder is named, or none of it can be read.
    """
    if source is None:
        raise UserError(
            "weights morphometry_autoencoder: expected --table with the folder of AOMIC PIOP2 (OpenNeuro "
            "ds002790), found none"
        )
    table = read_morphometry(source, skip_bad=True, atlas=ATLAS)
    columns = [name for name in table.values if (parse_column(name).atlas, parse_column(name).measure) in KEPT]
    table = replace(table, values=table.values[columns])
    cohort = read_cohort(source, scans=False, skip_bad=True)
    return prepare_morphometry(cohort, table, folder / "people-table", skip_bad=True)
