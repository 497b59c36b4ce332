"""A checkpoint is read whole, or its file and fault are named in one line."""

import pytest
import torch

from brainaging.networks import MorphometryAutoencoder
from brainaging.pipeline.engines import known_columns, load_weights, read_checkpoint
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def saved(tmp_path):
    network = MorphometryAutoencoder(["a", "b", "c"], 2, 3)
    torch.save({"model": network.state_dict()}, tmp_path / "best.pt")
    return network, tmp_path / "best.pt"


def test_weights_come_back_bit_for_bit(saved) -> None:
    network, path = saved
    torch.manual_seed(9)
    other = MorphometryAutoencoder(["a", "b", "c"], 2, 3)
    load_weights(other, path)
    for name, value in network.state_dict().items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(other.state_dict()[name], value), name
    assert known_columns(path) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such checkpoint"),
        (b"", "no whole checkpoint"),
        (b"not a checkpoint", "no whole checkpoint"),
        ([1, 2], "expected an entry 'model'"),
        ({"weights": {}}, "expected an entry 'model'"),
    ],
)
def test_what_is_no_checkpoint_is_named_in_one_line(tmp_path, content, message) -> None:
    path = tmp_path / "best.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(UserError, match=rf"best\.pt.*{message}") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_weights_of_another_size_or_of_no_table_are_refused(saved, tmp_path) -> None:
    _, path = saved
    with pytest.raises(UserError, match=r"best\.pt: these weights cannot be used here"):
        load_weights(MorphometryAutoencoder(["a", "b", "c"], 1, 3), path)
    torch.save({"model": torch.nn.Linear(1, 1).state_dict()}, path)
    with pytest.raises(UserError, match="not trained on a table"):
        known_columns(path)
