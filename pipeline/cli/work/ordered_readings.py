"""What the readers that ship say of brains to order, beside what was asked."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import SEXES
from brainaging.pipeline.engines import load_network, predict_volumes, read_checkpoint, weights_grid
from brainaging.pipeline.runtime import atomic_output
from brainaging.pipeline.runtime.shipped_weights import shipped_weights
from brainaging.transforms import GridMismatchError, load_grid_nifti

log = logging.getLogger(__name__)
#: bundles that read, and the column that their answer has
READERS = {"t1w_age_regressor": "read_age", "t1w_sex_classifier": "read_p_male"}


def add_readings(folder: Path) -> str:
    """Add columns ``read_age`` and ``read_p_male`` to ``brains.csv``; return ", read" where there are any.

    Readers are those that ship, which learned from simulated people; one that is not there, or reads another grid,
    adds no column.

    Args:
        folder: what the inference of t1w_conditional_generator wrote.
    """
    path = folder / "brains.csv"
    table = pd.read_csv(path, dtype={"subject": str}, keep_default_na=False)
    read = ""
    for name, column in READERS.items():
        said = shipped_weights(bundle_path(name))
        if said is None or not said.path.is_file():
            continue
        grid = weights_grid(read_checkpoint(said.path), said.path)
        try:
            volumes = np.stack([load_grid_nifti(folder / file, grid) for file in table["file"]])
        except GridMismatchError:
            log.warning("%s: reads brains on %s alone, and says nothing of these", name, grid.name)
            continue
        answer = predict_volumes(load_network(bundle_path(name), said.path), volumes)
        table[column] = answer[:, SEXES.index("M")] if answer.shape[1] > 1 else answer[:, 0]
        read = ", read"
    with atomic_output(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.7g")
    return read
