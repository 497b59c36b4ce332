"""The GAN's engine: warm-up, anchor, average, collapse, and a kill that changes nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from ignite.engine import Events
from PIL import Image

from brainaging.bundles import bundle_path
from brainaging.networks import T1wDiscriminator, T1wGenerator
from brainaging.pipeline.engines import (
    GanObjective,
    GanParts,
    GanTrainer,
    load_network,
    read_checkpoint,
    run_bundle,
)
from brainaging.pipeline.handlers import START
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


def test_the_generator_is_kept_as_it_is_before_the_first_adversarial_step(prepared: Path, trained: Path) -> None:
    start, last = (load_network(GAN, trained / name, dataset_dir=str(prepared)) for name in (START, "last.pt"))
    assert start.texture.abs().max() > 0  # its detail is fitted after the warm-up
    assert 0 < (start.mean - last.mean).abs().max() < 0.1


def test_pictures_show_generated_brains_over_scans(trained: Path) -> None:
    picture = np.asarray(Image.open(trained / "samples" / "epoch-0002.png"))
    assert picture.shape[0] == 6 * 32
    assert picture.max() > 128


def test_epochs_without_a_discriminator_are_refused(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="epochs: expected more than the 5 of warmup, got 3"):
        _train(tmp_path, prepared, warmup=5)


def test_too_many_codes_for_the_cohort_are_refused(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="are no start for a network: 100 codes need at least 102 volumes"):
        _train(tmp_path, prepared, latent_size=100)


def test_weights_that_run_away_stop_a_run(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"training diverged|the GAN collapsed"):
        _train(tmp_path, prepared, epochs=6, learning_rate=1e8, patience=3)


def _steps(interval: int, count: int) -> tuple[list[dict[str, torch.Tensor]], int]:
    """Take adversarial steps that move nothing; return their outputs and how many brains were generated."""
    torch.manual_seed(0)
    mask = torch.zeros(16, 16, 16, dtype=torch.bool)
    mask[3:13, 3:13, 3:13] = True
    scans = torch.rand(24, 1, 16, 16, 16) * mask
    generator, discriminator = T1wGenerator(mask, 12, 6, hidden=8, lattice=4), T1wDiscriminator((16, 16, 16), 4)
    generator.start_from(scans)
    optimisers = [torch.optim.SGD(network.parameters(), lr=0.0) for network in (generator, discriminator)]
    parts = GanParts(generator, discriminator, generator.follower(), *optimisers, optimisers[0])
    objective = GanObjective(warmup=0, anchor_interval=interval, flip=0.0)
    outputs: list[dict[str, torch.Tensor]] = []
    generated: list[int] = []
    generator.register_forward_hook(lambda *call: generated.append(len(call[2])))
    trainer = GanTrainer(
        parts, objective, device="cpu", max_epochs=1, train_data_loader=[{"image": scans[:4]}] * count
    )
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda engine: outputs.append(engine.state.output))
    trainer.run()
    return outputs, sum(generated)


def test_a_lazy_anchor_weighs_as_much_over_an_interval_as_one_in_every_step() -> None:
    (every, whole), (lazy, few) = _steps(1, 8), _steps(4, 8)
    always, sometimes = ([float(output["anchor"]) for output in outputs] for outputs in (every, lazy))
    assert [value > 0 for value in sometimes] == [True, False, False, False] * 2
    assert sum(sometimes) == pytest.approx(sum(always), rel=1e-5)
    for output in lazy:
        assert float(output["loss"]) == pytest.approx(float(output["g_loss"] + 100 * output["anchor"]), rel=1e-5)
    # a step generates its brains once, for both networks, and reconstructs its scans where they are anchored
    assert (whole, few) == (8 * (4 + 4), 8 * 4 + 2 * 4)


@pytest.mark.slow
def test_bf16_goes_on_from_fp32_and_keeps_the_key_metric(prepared: Path, tmp_path: Path) -> None:
    # a network that goes on in bf16 from weights that fp32 made, beside one that stays with fp32
    metrics = []
    for precision in ("fp32", "bf16"):
        folder = tmp_path / precision
        _train(folder, prepared, epochs=2, precision="fp32")
        _train(folder, prepared, epochs=3, precision=precision)
        state = read_checkpoint(folder / "last.pt")
        curves = pd.read_csv(folder / "curves.csv")
        metrics.append(float(curves[curves["metric"] == "val_mmd"]["value"].iloc[-1]))
        floats = [value for value in state["discriminator"].values() if value.is_floating_point()]
        assert {value.dtype for value in floats} == {torch.float32}
    # of the squared distance of two samples, which 8 bits of the discriminator's volumes and weights hardly move
    assert metrics[1] == pytest.approx(metrics[0], rel=2**-8)


def test_another_precision_is_refused_in_one_line(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^precision: expected auto, fp32, bf16, found 'half'$"):
        _train(tmp_path, prepared, precision="half")
