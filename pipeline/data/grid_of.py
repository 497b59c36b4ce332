"""Which grid a prepared folder is on."""

import json
from pathlib import Path

from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, get_grid


def grid_of(dataset_dir: str | Path, default: str = "t1w_32") -> GridSpec:
    """Return the grid of a prepared folder; ``default`` where nothing is prepared there.

    A bundle's network takes its size from here, so that one config serves every grid; without data (when a
    network is only inspected or exported) it takes the default.

    Raises:
        UserError: ``prepared.json`` does not say its grid.
    """
    marker = Path(dataset_dir) / "prepared.json"
    if not marker.is_file():
        return get_grid(default)
    try:
        described = json.loads(marker.read_text(encoding="utf-8"))["grid"]
        return GridSpec(**{**described, "shape": tuple(described["shape"])})
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{marker}: expected the description of a grid under 'grid' ({error})") from error
