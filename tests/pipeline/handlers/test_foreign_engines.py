"""Every watcher and writer in engines that are not ours: trainers of MONAI, decollated or not, and of Ignite."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from ignite.engine import Engine, create_supervised_trainer
from monai.data import DataLoader
from monai.engines import GanTrainer, SupervisedEvaluator, SupervisedTrainer
from monai.handlers import MeanSquaredError, ValidationHandler, from_engine
from monai.networks.nets import Discriminator, Generator
from torch import nn

from brainaging.pipeline.engines import read_checkpoint
from brainaging.pipeline.handlers import (
    Checkpoints,
    CurveWriter,
    EarlyStop,
    EpochProgress,
    LoadWeights,
    SamplePictures,
    StopWhenCollapsed,
    StopWhenNotFinite,
    WritePredictions,
)
from brainaging.pipeline.runtime import UserError

ITEMS = [{"image": torch.full((1, 4, 4, 4), n / 8.0), "label": torch.tensor([n / 4.0])} for n in range(8)]
NAMED = [{**item, "subject": f"s{n}"} for n, item in enumerate(ITEMS)]


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 1))


def _supervised(decollate: bool) -> Callable[..., Any]:
    def build(network: nn.Module, handlers: list[Any], epochs: int) -> Engine:
        return SupervisedTrainer(
            "cpu",
            epochs,
            DataLoader(ITEMS, batch_size=4),
            network,
            torch.optim.SGD(network.parameters(), 0.01),
            nn.MSELoss(),
            train_handlers=handlers,
            decollate=decollate,
        )

    return build


def _plain(network: nn.Module, handlers: list[Any], epochs: int) -> Engine:
    """Return Ignite's own trainer, whose output is its loss."""
    engine = create_supervised_trainer(
        network,
        torch.optim.SGD(network.parameters(), 0.01),
        nn.MSELoss(),
        prepare_batch=lambda batch, device, non_blocking: (batch["image"], batch["label"]),
    )
    for handler in handlers:
        handler.attach(engine)
    run = engine.run
    engine.run = lambda: run(DataLoader(ITEMS, batch_size=4), max_epochs=epochs)
    return engine


BUILDERS = {"decollated": _supervised(True), "batched": _supervised(False), "plain": _plain}


@pytest.fixture(params=list(BUILDERS))
def build(request) -> Callable[..., Any]:
    return BUILDERS[request.param]


def _watchers(folder: Path, network: nn.Module) -> list[Any]:
    return [
        StopWhenNotFinite(network),
        CurveWriter(str(folder / "curves.csv"), None, "theirs"),
        Checkpoints(str(folder), {"model": network}),
        EpochProgress("theirs"),
        SamplePictures(
            str(folder),
            network,
            ITEMS,
            interval=2,
            generate=lambda network, count, draws: torch.rand(count, 1, 4, 4, 4, generator=draws),
        ),
    ]


def test_a_run_is_watched_kept_and_resumed(build, tmp_path) -> None:
    network = _network()
    build(network, _watchers(tmp_path, network), 2).run()
    with (tmp_path / "curves.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    losses = [float(row["value"]) for row in rows]
    assert [row["epoch"] for row in rows] == ["1", "2"] and losses[1] < losses[0]
    assert (tmp_path / "samples" / "epoch-0002.png").is_file() and not (tmp_path / "best.pt").exists()

    once = _network()
    build(once, _watchers(tmp_path / "whole", once), 4).run()
    resumed = _network()
    build(resumed, _watchers(tmp_path, resumed), 4).run()
    for name, value in once.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name])
    other = _network()
    LoadWeights(str(tmp_path / "last.pt"), other).load()
    assert torch.equal(other[1].weight, resumed[1].weight)


def test_a_loss_that_is_no_number_stops_it(build, tmp_path) -> None:
    network = _network()
    trainer = build(network, _watchers(tmp_path, network), 2)
    with torch.no_grad():
        network[1].weight.fill_(float("inf"))
    with pytest.raises(UserError, match=r"the loss is (nan|inf) in epoch 1, iteration 1"):
        trainer.run()
    assert not (tmp_path / "last.pt").exists()


@pytest.mark.parametrize("decollate", [True, False])
def test_a_validated_run_keeps_its_best_and_stops_early(tmp_path, decollate) -> None:
    network = _network()
    stop = EarlyStop(1, "val_mse")
    evaluator = SupervisedEvaluator(
        "cpu",
        DataLoader(NAMED, batch_size=4),
        network,
        key_val_metric={"val_mse": MeanSquaredError(output_transform=from_engine(["pred", "label"]))},
        metric_cmp_fn=lambda current, best: current < best,
        val_handlers=[stop, WritePredictions(str(tmp_path), (), "dose", "theirs")],
        decollate=decollate,
    )
    keep = Checkpoints(str(tmp_path), {"model": network, "stop": stop}, evaluator, "val_mse")
    curves = CurveWriter(str(tmp_path / "curves.csv"), evaluator, "theirs")
    handlers = [ValidationHandler(1, evaluator), curves, keep]
    trainer = _supervised(decollate)(network, handlers, 50)
    trainer.optimizer.param_groups[0]["lr"] = 0.04  # it overshoots after some epochs
    stop.set_trainer(trainer)
    trainer.run()
    scores = pd.read_csv(tmp_path / "curves.csv").query("metric == 'val_mse'")["value"].to_numpy()
    assert read_checkpoint(tmp_path / "last.pt")["best"] == pytest.approx(scores.min(), rel=1e-6)
    assert set(read_checkpoint(tmp_path / "best.pt")) == {"model", "settings"}
    table = pd.read_csv(tmp_path / "predictions.csv")
    assert table["subject"].tolist() == [item["subject"] for item in NAMED] and table["dose"].notna().all()


def _gan(handlers: list[Any], dead: bool) -> GanTrainer:
    torch.manual_seed(0)
    generator = Generator((8,), (4, 4, 4, 4), (4, 1), (1, 1), dropout=None)
    if dead:
        for weight in generator.parameters():
            nn.init.zeros_(weight)
    discriminator = Discriminator((1, 4, 4, 4), (4,), (2,), last_act="SIGMOID")
    return GanTrainer(
        "cpu",
        2,
        DataLoader([{"reals": item["image"] + torch.rand(1, 4, 4, 4)} for item in ITEMS], batch_size=4),
        generator,
        torch.optim.SGD(generator.parameters(), 1e-4),
        lambda fakes: discriminator(fakes).mean(),
        discriminator,
        torch.optim.SGD(discriminator.parameters(), 1e-4),
        lambda reals, fakes: discriminator(fakes.detach()).mean() - discriminator(reals).mean(),
        latent_shape=8,
        train_handlers=handlers,
    )


def test_a_collapse_of_monai_s_own_gan_trainer_is_seen() -> None:
    with pytest.raises(UserError, match="the GAN collapsed: generated brains are all alike"):
        _gan([StopWhenCollapsed(patience=2)], dead=True).run()
    network = nn.Linear(1, 1)
    watch = StopWhenNotFinite(network, output_transform=lambda output: output["d_loss"])
    _gan([StopWhenCollapsed(patience=2, least=1e-9), watch], dead=False).run()


@pytest.mark.parametrize("decollated", [True, False])
def test_a_collapse_is_seen_decollated_or_not(decollated) -> None:
    volumes, answers = torch.zeros(4, 1, 3, 3, 3), {"d_real": torch.tensor(0.5), "d_fake": torch.tensor(0.5)}
    whole = {"fake": volumes, **answers}
    items = [{"fake": volume, **answers} for volume in volumes]
    trainer = Engine(lambda engine, batch: items if decollated else whole)
    StopWhenCollapsed(patience=1).attach(trainer)
    with pytest.raises(UserError, match="generated brains are all alike"):
        trainer.run([{"image": torch.rand(4, 1, 3, 3, 3)}])
