"""A small network and toy brains, trained by the same engines and handlers as the bundles."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from ignite.engine import Events
from monai.data import CacheDataset, ThreadDataLoader
from monai.engines import SupervisedEvaluator, SupervisedTrainer
from monai.handlers import IgniteMetricHandler, LrScheduleHandler, ValidationHandler, from_engine
from monai.utils import set_determinism

from brainaging.networks import T1wAutoencoder, T1wPredictor
from brainaging.pipeline.engines import CosineSchedule, ReconstructionBatch
from brainaging.pipeline.handlers import Checkpoints, CurveWriter, EarlyStop, LinearStart, StopWhenNotFinite
from brainaging.pipeline.metrics import InBrainMSE

SHAPE = (10, 12, 8)


def _brains(n: int, seed: int) -> list[dict[str, Any]]:
    random = torch.Generator().manual_seed(seed)
    return [{"image": torch.rand(1, *SHAPE, generator=random), "subject": f"s{i}"} for i in range(n)]


def _build(folder: Path, epochs: int = 4, **options: Any) -> SimpleNamespace:
    """Return a trainer and its parts, put together as train.json does."""
    seed, grid = options.get("seed", 0), options.get("grid", "toy-1")
    set_determinism(seed)
    mask = np.ones(SHAPE, dtype=bool)
    network = T1wAutoencoder(mask, options.get("latent_size", 4), 6, hidden=5, lattice=3, grid=grid)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.get("learning_rate", 0.01))
    schedule = CosineSchedule(optimizer, epochs)
    train, val = (CacheDataset(_brains(n, s), None, progress=False) for n, s in ((10, 1), (4, 2)))
    stop = EarlyStop(options.get("patience", 50), "val_mse")
    evaluator = SupervisedEvaluator(
        device="cpu",
        val_data_loader=ThreadDataLoader(val, batch_size=3, num_workers=0),
        network=network,
        prepare_batch=ReconstructionBatch(),
        key_val_metric={
            "val_mse": IgniteMetricHandler(InBrainMSE(mask), output_transform=from_engine(["pred", "label"]))
        },
        metric_cmp_fn=lambda current, best: current < best,
        val_handlers=[stop],
        decollate=options.get("decollate", False),
    )
    start = LinearStart(network, train)
    trainer = SupervisedTrainer(
        device="cpu",
        max_epochs=epochs,
        train_data_loader=ThreadDataLoader(train, batch_size=4, shuffle=True, num_workers=0),
        network=network,
        optimizer=optimizer,
        loss_function=torch.nn.MSELoss(),
        prepare_batch=ReconstructionBatch(flip=0.5, elastic=0.02, noise=0.01),
        train_handlers=[
            ValidationHandler(options.get("val_interval", 1), evaluator),
            LrScheduleHandler(schedule, print_lr=False),
            StopWhenNotFinite(network),
            CurveWriter(str(folder / "curves.csv"), evaluator, "toy", options.get("fold", 0)),
            Checkpoints(
                str(folder),
                {"model": network, "optimizer": optimizer, "lr_scheduler": schedule, "early_stop": stop},
                evaluator,
                "val_mse",
                resume=options.get("resume", True),
                settings=options.get("settings", {"latent_size": 4}),
                start=options.get("start"),
            ),
            start,
        ],
        decollate=options.get("decollate", False),
    )
    stop.set_trainer(trainer)
    return SimpleNamespace(
        trainer=trainer,
        evaluator=evaluator,
        network=network,
        optimizer=optimizer,
        train=train,
        val=val,
        start=start,
        stop=stop,
    )


@pytest.fixture(scope="session")
def build() -> Callable[..., SimpleNamespace]:
    """Return the builder of a toy run: (folder, epochs, **options) to its trainer and parts."""
    return _build


def _killed_after(parts: SimpleNamespace, epochs: float) -> None:
    """Run until so many epochs are done, and then as if the process had died: nothing more is written."""

    class Killed(BaseException):
        pass

    def die(engine: Any) -> None:
        if engine.state.iteration >= epochs * engine.state.epoch_length + 1:
            raise Killed

    parts.trainer.add_event_handler(Events.ITERATION_STARTED, die)
    with pytest.raises(Killed):
        parts.trainer.run()


@pytest.fixture(scope="session")
def killed_after() -> Callable[[SimpleNamespace, float], None]:
    """Return what runs a toy until it dies at the start of the epoch (or part of one) that is given."""
    return _killed_after


SCAN = (12, 12, 12)


def _labelled_scans(n: int, seed: int, effect: float = 3.0) -> list[dict[str, Any]]:
    random = np.random.default_rng(seed)
    items = []
    for number in range(n):
        image = random.standard_normal((1, *SCAN)).astype(np.float32)
        image[:, :, :6, :6] += effect * 0.1 * (number % 2)
        items.append({"image": torch.from_numpy(image), "label": number % 2})
    return items


@pytest.fixture(scope="session")
def labelled_scans() -> Callable[..., list[dict[str, Any]]]:
    """Return what draws scans of noise: (n, seed, effect) to items; one corner is brighter in class 1."""
    return _labelled_scans


def _predictor(outputs: int = 2) -> T1wPredictor:
    torch.manual_seed(0)
    return T1wPredictor(torch.ones(SCAN, dtype=torch.bool), outputs=outputs, width=2).eval()


@pytest.fixture(scope="session")
def predictor() -> Callable[..., T1wPredictor]:
    """Return what builds a predictor of the labelled scans: number of outputs to a network."""
    return _predictor
