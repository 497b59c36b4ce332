"""Weights that know the grid they were trained on."""

from typing import Any

from torch import nn


class GridBound(nn.Module):
    """A module whose checkpoint carries its grid's fingerprint and refuses another grid's weights.

    Pooling maps neighbouring sizes to the same number of features, so that shapes alone do not tell a network
    for one grid from a network for another; the fingerprint does.

    Args:
        grid: fingerprint of the grid the network works on, such as ``t1w_32-1a2b3c4d``; empty where unknown.
    """

    def __init__(self, grid: str = "") -> None:
        super().__init__()
        self.grid = grid

    def get_extra_state(self) -> dict[str, str]:
        """Return what ``state_dict`` keeps with the weights."""
        return {"grid": self.grid}

    def set_extra_state(self, state: Any) -> None:
        """Compare a checkpoint's grid with this network's.

        Raises:
            ValueError: the weights were trained on another grid, and the message prints both fingerprints; or they
                carry none.
        """
        if "grid" not in state:
            raise ValueError("these weights carry no grid: they are no scan network's")
        trained_on = state["grid"]
        if trained_on and self.grid and trained_on != self.grid:
            raise ValueError(
                f"these weights were trained on grid {trained_on}, but this network is built for {self.grid}: "
                "prepare the cohort on the weights' grid or train anew"
            )
        self.grid = trained_on or self.grid
