"""A config that only runs a network asks its weights what it is: sizes, grid, columns."""

import pytest
import torch

from brainaging.networks import MorphometryAutoencoder
from brainaging.pipeline.engines import FoundWeights, TrainedWeights, read_checkpoint, weights_grid
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid


@pytest.fixture
def weights(tmp_path):
    """Return weights of a network on t1w_48 with a latent of 7 numbers."""
    state = {"_extra_state": {"grid": get_grid("t1w_48").fingerprint}, "a": torch.zeros(2)}
    torch.save({"model": state, "settings": {"latent_size": 7}}, tmp_path / "model.pt")
    return tmp_path / "model.pt"


def test_sizes_and_grid_are_the_weights_own(weights, tmp_path):
    trained = TrainedWeights(str(weights))
    assert trained.size("latent_size", 100) == 7
    assert trained.size("hidden", 256) == 256
    assert trained.grid(str(tmp_path)).name == "t1w_48"


def test_a_prepared_folder_says_its_grid_itself(weights, tmp_path):
    (tmp_path / "prepared.json").write_text(
        '{"grid": {"name": "t1w_32", "shape": [32, 32, 32], "spacing": 6.0, "orientation": "RAS"}}'
    )
    assert TrainedWeights(str(weights)).grid(str(tmp_path)).name == "t1w_32"


def test_a_network_that_is_only_looked_at_has_the_configs_sizes(tmp_path):
    trained = TrainedWeights(str(tmp_path / "best.pt"))
    assert trained.size("latent_size", 100) == 100
    assert trained.grid(str(tmp_path)).name == "t1w_32"
    assert len(trained.columns(str(tmp_path))) == 68


def test_columns_are_the_weights_own(tmp_path):
    network = MorphometryAutoencoder(["b", "a"], 1, 2)
    torch.save({"model": network.state_dict()}, tmp_path / "model.pt")
    assert TrainedWeights(str(tmp_path / "model.pt")).columns(str(tmp_path)) == ["b", "a"]


def test_a_training_of_ones_own_comes_before_what_ships(weights, tmp_path):
    assert FoundWeights(str(tmp_path)).path == str(weights)
    (tmp_path / "best.pt").write_bytes(b"")
    assert FoundWeights(str(tmp_path)).path == str(tmp_path / "best.pt")
    assert FoundWeights(str(tmp_path / "none")).path.endswith("best.pt")


@pytest.mark.parametrize(
    ("extra", "found"), [({}, "found none"), ({"grid": "t1w_7-00000000"}, "grid t1w_7-00000000, which")]
)
def test_weights_of_no_known_grid_are_refused(tmp_path, extra, found):
    torch.save({"model": {"_extra_state": extra}}, tmp_path / "best.pt")
    with pytest.raises(UserError, match=rf"best\.pt: expected weights that carry their grid, .*{found}"):
        weights_grid(read_checkpoint(tmp_path / "best.pt"), tmp_path / "best.pt")
