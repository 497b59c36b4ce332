"""A training gone through without volumes holds what a real one holds, and grows with its batch and its scans."""

import pytest
import torch

from brainaging.bundles import bundle_path
from brainaging.pipeline.engines.resources.rehearsal import Noise, batch_of, rehearse, rehearses
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")
PLANNED = ("t1w_autoencoder", "t1w_gan", "t1w_sex_classifier", "t1w_age_regressor")


@pytest.mark.parametrize("name", PLANNED)
def test_steps_grow_with_the_batch_and_networks_do_not(name: str) -> None:
    small, large = (rehearse(bundle_path(name), GRID, batch, start=False) for batch in (2, 8))
    assert small.networks == large.networks > 0
    assert small.kept < small.steps < large.steps <= large.heap
    # six more volumes live at least once
    assert large.steps - small.steps > 6 * 4 * 32**3


def test_nothing_is_drawn_from_the_random_numbers_of_the_caller() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    rehearse(bundle_path("t1w_autoencoder"), GRID, 2, start=False)
    assert torch.equal(torch.rand(3), expected)


def test_a_start_grows_with_the_scans() -> None:
    own = rehearse(bundle_path("t1w_autoencoder"), GRID, 2)
    assert own.starting(100) - own.starting(50) >= 50 * 4 * 32**3


def test_bundles_that_take_more_than_scans_are_named() -> None:
    assert all(rehearses(bundle_path(name)) for name in PLANNED)
    assert batch_of(bundle_path("t1w_gan")) == 32
    for name in ("t1w_latent_encoder", "t1w_conditional_generator", "morphometry_autoencoder"):
        assert not rehearses(bundle_path(name))
        with pytest.raises(UserError, match=f"{name}: a plan is of bundles that train on scans alone"):
            rehearse(bundle_path(name), GRID, 2)


def test_a_bundle_of_one_s_own_need_have_nothing_of_it(tmp_path) -> None:
    configs = tmp_path / "own" / "configs"
    configs.mkdir(parents=True)
    (configs / "metadata.json").write_text("{}")
    (configs / "train.json").write_text('{"train": {"trainer": {}}}')
    assert not rehearses(tmp_path / "own")


def test_noise_is_of_the_grid_and_the_same_each_time() -> None:
    noise = Noise(GRID, 3)
    assert len(noise) == 3
    assert noise[1]["image"].shape == (1, 32, 32, 32)
    assert torch.equal(noise[1]["image"], noise[1]["image"])
    assert [item["label"] for item in noise] == [0, 1, 0]
