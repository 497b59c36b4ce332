"""The GAN's engine: warm-up, anchor, average, collapse, and a kill that changes nothing."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from brainaging.bundles import bundle_path
from brainaging.pipeline.engines import START, StopWhenCollapsed, load_network, read_checkpoint, run_bundle
from brainaging.pipeline.runtime import UserError

GAN = bundle_path("t1w_gan")
TINY = {"latent_size": 12, "detail": 6, "hidden": 8, "width": 4, "warmup": 1, "batch_size": 4, "pictures": 2}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 16 simulated brains on t1w_32."""
    from brainaging.pipeline.data import prepare, read_cohort
    from brainaging.pipeline.simulate import simulate

    root = tmp_path_factory.mktemp("gan")
    source = simulate(root / "simulated", subjects=16, seed=0, spacing=6.0, workers=1)
    return prepare(read_cohort(source), "t1w_32", root / "prepared", progress=False).folder


def _train(folder: Path, prepared: Path, **overrides: object) -> None:
    places = {"ckpt_dir": str(folder), "output_dir": str(folder), "dataset_dir": str(prepared)}
    run_bundle(GAN, "train", **{**TINY, **places, "epochs": 3, **overrides})


@pytest.fixture(scope="module")
def trained(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("trained")
    _train(folder, prepared)
    return folder


def test_a_stopped_run_goes_on_to_the_same_bits(prepared: Path, trained: Path, tmp_path: Path) -> None:
    # stopped where the warm-up ends, where the detail is still to be fitted, and after it
    for epochs in (2, 3):
        _train(tmp_path, prepared, epochs=epochs)
    whole, parts = (read_checkpoint(folder / "last.pt") for folder in (trained, tmp_path))
    for name in ("model", "generator", "discriminator"):
        for key, value in whole[name].items():
            if isinstance(value, torch.Tensor):
                assert torch.equal(value, parts[name][key]), f"{name}.{key}"


def test_the_best_epoch_has_its_detail(prepared: Path, trained: Path) -> None:
    network = load_network(GAN, trained / "best.pt", dataset_dir=str(prepared))
    assert network.texture.abs().max() > 0
    assert read_checkpoint(trained / "last.pt")["best_epoch"] > TINY["warmup"]


def test_the_average_follows_and_is_not_the_generator(trained: Path) -> None:
    state = read_checkpoint(trained / "last.pt")
    gap = (state["model"]["mean"] - state["generator"]["mean"]).abs().max()
    assert 0 < gap < 0.1


def test_the_generator_is_kept_as_it_is_before_the_first_adversarial_step(
    prepared: Path, trained: Path, tmp_path: Path
) -> None:
    start = load_network(GAN, trained / START, dataset_dir=str(prepared))
    assert start.texture.abs().max() > 0
    # with the generator's learning rate at 0 after the warm-up, the last epoch's weights are those of the start
    _train(tmp_path, prepared, learning_rate=0.0)
    resting = load_network(GAN, tmp_path / "best.pt", dataset_dir=str(prepared)).state_dict()
    for name, weight in start.state_dict().items():
        if isinstance(weight, torch.Tensor):
            assert torch.equal(weight, resting[name]), name
    trained_on = load_network(GAN, trained / "last.pt", dataset_dir=str(prepared))
    assert not torch.equal(start.mean, trained_on.mean)


def test_pictures_show_made_brains_over_scans(trained: Path) -> None:
    picture = np.asarray(Image.open(trained / "samples" / "epoch-0002.png"))
    assert picture.shape[0] == 6 * 32
    assert picture.max() > 128


def test_epochs_without_a_discriminator_are_refused(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="epochs: expected more than the 5 of warmup, got 3"):
        _train(tmp_path, prepared, warmup=5)


def test_too_many_codes_for_the_cohort_are_refused(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="are no start for a network: 100 codes need at least 102 volumes"):
        _train(tmp_path, prepared, latent_size=100)


def _engine(fake: torch.Tensor, real: torch.Tensor, on_real: float, on_fake: float) -> SimpleNamespace:
    output = {"fake": fake, "d_real": torch.tensor(on_real), "d_fake": torch.tensor(on_fake)}
    return SimpleNamespace(state=SimpleNamespace(output=output, batch={"image": real}, epoch=7))


@pytest.mark.parametrize(
    ("repeat", "on_real", "on_fake", "message"),
    [
        (True, 0.5, 0.5, "made brains are all alike"),
        ("noise", 0.5, 0.5, "made brains are noise"),
        (False, 1.0, 0.0, "tells every made brain from every scan"),
        (False, 1.0, 1.0, "calls everything real"),
        (False, 0.0, 0.0, "calls everything made"),
    ],
)
def test_collapse_is_named(repeat: bool | str, on_real: float, on_fake: float, message: str) -> None:
    real, fake = torch.randn(2, 4, 1, 3, 3, 3)
    if repeat == "noise":
        fake = 10 * fake
    elif repeat:
        fake = fake[:1].expand(4, -1, -1, -1, -1)
    watch = StopWhenCollapsed(patience=3)
    for _ in range(2):
        watch.check(_engine(fake, real, on_real, on_fake))
    watch.check(_engine(torch.randn_like(real), real, 0.5, 0.5))  # one good step and it counts anew
    for _ in range(2):
        watch.check(_engine(fake, real, on_real, on_fake))
    with pytest.raises(UserError, match=f"{message}.*epoch 7"):
        watch.check(_engine(fake, real, on_real, on_fake))


def test_weights_that_run_away_stop_a_run(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"training diverged|the GAN collapsed"):
        _train(tmp_path, prepared, epochs=6, learning_rate=1e8, patience=3)
