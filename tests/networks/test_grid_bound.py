"""Weights of one grid do not enter a network for another."""

import pytest
import torch
from torch import nn

from brainaging.networks import GridBound, T1wAutoencoder


class _Pooled(GridBound):
    """A network whose weights have the same shapes on every grid."""

    def __init__(self, grid: str = "") -> None:
        super().__init__(grid)
        self.head = nn.Linear(3, 1)


def test_another_grids_weights_are_refused_with_both_fingerprints(tmp_path) -> None:
    torch.save(_Pooled("t1w_64-aaaa").state_dict(), tmp_path / "weights.pt")
    state = torch.load(tmp_path / "weights.pt", weights_only=True)
    with pytest.raises(ValueError, match=r"t1w_64-aaaa.*t1w_70-bbbb"):
        _Pooled("t1w_70-bbbb").load_state_dict(state)


def test_fingerprints_differ_in_more_than_size() -> None:
    mask = torch.ones(4, 4, 4, dtype=torch.bool)
    one, other = (T1wAutoencoder(mask, 2, 2, hidden=2, lattice=2, grid=f"t1w_4-{i}") for i in range(2))
    with pytest.raises(ValueError, match=r"t1w_4-0.*t1w_4-1"):
        other.load_state_dict(one.state_dict())


def test_the_same_grids_weights_come_back() -> None:
    one, other = _Pooled("t1w_64-aaaa"), _Pooled("t1w_64-aaaa")
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.head.weight, other.head.weight)


def test_a_network_without_a_grid_takes_that_of_its_weights() -> None:
    unknown = _Pooled()
    unknown.load_state_dict(_Pooled("t1w_64-aaaa").state_dict())
    assert unknown.grid == "t1w_64-aaaa"
    with pytest.raises(ValueError, match="t1w_70-bbbb"):
        unknown.load_state_dict(_Pooled("t1w_70-bbbb").state_dict())
