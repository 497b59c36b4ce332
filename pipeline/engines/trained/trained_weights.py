"""What a checkpoint says of the network that it was trained in, for configs that only run it."""

from functools import cached_property
from pathlib import Path
from typing import Any

from brainaging.pipeline.data import grid_of
from brainaging.pipeline.data.morphometry import columns_of, is_prepared_table
from brainaging.pipeline.engines.weights import known_columns, read_checkpoint
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS, GridSpec

#: the weights of a training of one's own, and those that a bundle ships with
OWN, SHIPPED = "best.pt", "model.pt"


class FoundWeights:
    """The weights in a folder: those that were trained there, or else those that the bundle ships with.

    Args:
        folder: a bundle's ``models``, or the ``models`` of a training of one's own.
    """

    def __init__(self, folder: str) -> None:
        own, shipped = Path(folder) / OWN, Path(folder) / SHIPPED
        #: the file; that of a training where neither is there, which an error then names
        self.path = str(shipped if shipped.is_file() and not own.is_file() else own)


class TrainedWeights:
    """Sizes, grid and columns of the network that a checkpoint was trained in.

    A network that is only looked at, without weights, gets the config's own sizes and the default grid.

    Args:
        path: the checkpoint.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    @cached_property
    def _state(self) -> dict[str, Any]:
        return read_checkpoint(self.path) if self.path.exists() else {}

    def size(self, name: str, default: Any) -> Any:
        """Return a size, or a list of classes, that the network was built with; ``default`` where it says none.

        Raises:
            UserError: as :func:`brainaging.pipeline.engines.read_checkpoint`.
        """
        return self._state.get("settings", {}).get(name, default)

    def grid(self, dataset_dir: str) -> GridSpec:
        """Return the grid of a prepared folder; of scans that are not prepared the weights' grid.

        Raises:
            UserError: the weights were trained on a grid that this version does not know; or as
                :func:`brainaging.pipeline.data.grid_of`.
        """
        if (Path(dataset_dir) / "prepared.json").is_file() or not self._state:
            return grid_of(dataset_dir)
        return weights_grid(self._state, self.path)

    def columns(self, dataset_dir: str) -> list[str]:
        """Return the columns of a prepared table; of one that is not prepared those that the weights know.

        Raises:
            UserError: the weights know no columns.
        """
        if is_prepared_table(dataset_dir) or not self._state:
            return columns_of(dataset_dir)
        return known_columns(self.path)


def weights_grid(state: dict[str, Any], path: str | Path) -> GridSpec:
    """Return the grid that a checkpoint's network was trained on.

    Args:
        state: what :func:`brainaging.pipeline.engines.read_checkpoint` returned.
        path: of the file, for messages.

    Raises:
        UserError: it carries no grid, or one that this version does not know.
    """
    extra = state["model"].get("_extra_state", {})
    fingerprint = extra.get("grid", "") if isinstance(extra, dict) else ""
    for grid in GRIDS.values():
        if grid.fingerprint == fingerprint:
            return grid
    found = f"grid {fingerprint}, which this version does not know" if fingerprint else "none"
    raise UserError(f"{path}: expected weights that carry their grid, found {found}")
