"""A bundle's training gone through without its volumes: what it holds, found before anything is filled."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine, State
from monai.bundle import ConfigParser
from monai.utils import CommonKeys
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from brainaging.pipeline.engines.config_values import override, place_value
from brainaging.pipeline.engines.resources.free_memory import own_memory
from brainaging.pipeline.engines.resources.live_bytes import LiveBytes, bytes_of
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec

#: scans that the start is fitted to here, twice: what it holds grows with them by a straight line
FEW = (8, 14)
#: codes that so few scans and their mirror images span
CODES = 10
#: what a train config has that a plan is made of; a user's own may have none of it
NEEDED = (
    "train#preprocessing",
    "train#trainer",
    "train#handler#start",
    "train#handler#checkpoints#save",
    "batch_size",
    "cache",
    "cache_type",
)
#: batches of an epoch here: as many as the GAN takes its penalty and its anchor
BATCHES = 4


@dataclass(frozen=True)
class Rehearsal:
    """What a training holds beside its data, in bytes.

    Attributes:
        built: what this program holds once networks and trainer are built, they among it.
        networks: weights and buffers.
        kept: gradients and what optimisers keep, once steps have been taken.
        steps: the most that lives in a step, ``kept`` included.
        heap: what the C library holds for that on a CPU.
        start: of the fit before the first step what the C library holds, without scans, and for each scan.
    """

    built: int
    networks: int
    kept: int
    steps: int
    heap: int
    start: tuple[float, float]

    def starting(self, scans: int) -> int:
        """Return what the fit to so many scans holds, a stack of the scans among it."""
        base, each = self.start
        return round(base + each * scans)


def rehearse(bundle: Path, grid: GridSpec, batch: int, start: bool = True, **overrides: Any) -> Rehearsal:
    """Go through the training of a bundle of scans: its start on a few volumes of noise, its steps on none.

    Steps are those of the bundle's own trainer, on torch's fake tensors, which have shapes and no memory: an epoch
    of fitting where there is one, and one of the rest.

    Args:
        bundle: its folder.
        grid: of the volumes.
        batch: volumes a step.
        start: whether to fit the start; what it holds is 0 where not.
        overrides: config values, as ``train`` takes them.

    Raises:
        UserError: the bundle does not train on scans alone, or a value cannot stand in its config.
    """
    with torch.random.fork_rng(devices=[]):
        return _rehearsed(bundle, grid, batch, start, overrides)


def _rehearsed(bundle: Path, grid: GridSpec, batch: int, start: bool, overrides: dict[str, Any]) -> Rehearsal:
    parser = _config(bundle, grid, batch, overrides)
    trainer = parser.get_parsed_content("train#trainer")
    saved = parser.get_parsed_content("train#handler#checkpoints#save")
    built = own_memory()
    networks = [each for each in saved.values() if isinstance(each, nn.Module)]
    weights = bytes_of([value for each in networks for value in (*each.parameters(), *each.buffers())])
    held = [_start(bundle, Noise(grid, count), batch, overrides) for count in FEW] if start else [0, 0]
    each = max((held[1] - held[0]) / (FEW[1] - FEW[0]), 0.0)
    with FakeTensorMode(allow_non_fake_inputs=True), LiveBytes() as live:
        trainer.data_loader = [_batch(grid, batch, trainer)] * BATCHES
        trainer.state = State(max_epochs=2, epoch_length=BATCHES, device=trainer.state.device)
        trainer.run()
        kept = live.now
    return Rehearsal(built, weights, kept, live.peak, live.heap.peak, (held[0] - FEW[0] * each, each))


def rehearses(bundle: Path) -> bool:
    """Say whether a bundle's training can be gone through: it takes scans, and starts from them alone."""
    parser = _train_config(bundle)
    if any(name not in parser for name in NEEDED):
        return False
    start = parser["train#handler#start"]
    return "dataset" in start and not {"generator", "covariates"} & start.keys()


def check_rehearses(bundle: Path) -> None:
    """Refuse a bundle whose training cannot be gone through.

    Raises:
        UserError: it cannot.
    """
    if not rehearses(bundle):
        raise UserError(f"{bundle.name}: a plan is of bundles that train on scans alone, and this is none")


def batch_of(bundle: Path) -> int:
    """Return the scans a step of a bundle's training.

    Raises:
        UserError: no plan is made of it.
    """
    check_rehearses(bundle)
    return int(_train_config(bundle)["batch_size"])


def cache_of(bundle: Path) -> dict[str, str]:
    """Return how a bundle's config keeps its scans: ``cache`` and ``cache_type``."""
    parser = _train_config(bundle)
    return {name: str(parser[name]) for name in ("cache", "cache_type")}


class Noise:
    """A dataset of volumes ``(1, X, Y, Z)`` of noise, of two classes in turn."""

    def __init__(self, grid: GridSpec, count: int) -> None:
        self.grid, self.scans = grid, count

    def __len__(self) -> int:
        return self.scans

    def __getitem__(self, index: int) -> dict[str, Any]:
        if not 0 <= index < self.scans:
            raise IndexError(index)
        draw = torch.Generator().manual_seed(index)
        return {CommonKeys.IMAGE: torch.rand(1, *self.grid.shape, generator=draw), "label": index % 2}


def _train_config(bundle: Path) -> ConfigParser:
    parser = ConfigParser()
    parser.read_config(str(bundle / "configs" / "train.json"))
    parser.read_meta(str(bundle / "configs" / "metadata.json"))
    return parser


def _config(bundle: Path, grid: GridSpec, batch: int, overrides: dict[str, Any]) -> ConfigParser:
    """Return the train config of a bundle, with a start and steps and nothing else."""
    check_rehearses(bundle)
    parser = _train_config(bundle)
    values = {"bundle_root": place_value(bundle), "batch_size": batch, "device": "cpu", **overrides}
    if "warmup" in parser:
        values["warmup"] = 1
    override(parser, values, f"{bundle}/train.json")
    parser["grid"], parser["epochs"] = grid, 2
    parser["train#handlers"], parser["train#dataloader"] = [], [None] * BATCHES
    if isinstance(parser.get("classes"), dict):  # to be read from a cohort: numbers take as much
        parser["classes"] = []
    # a start is fitted to what rehearse gives it
    parser["train#dataset"] = parser["validate#dataset"] = Noise(grid, FEW[0])
    return parser


def _start(bundle: Path, noise: Noise, batch: int, overrides: dict[str, Any]) -> int:
    """Fit the start of a bundle to noise; return the most that a C library held for it.

    Of few codes, since few volumes span no more: what a scan adds does not depend on them.
    """
    parser = _config(bundle, noise.grid, batch, overrides)
    if "latent_size" in parser:
        parser["latent_size"] = CODES
    parser["train#dataset"] = noise
    handler = parser.get_parsed_content("train#handler#start")
    with LiveBytes() as live:
        handler.start(_at_epoch(0))
        if hasattr(handler, "end_of_warmup"):
            handler.end_of_warmup(_at_epoch(2))
    return live.heap.peak


def _at_epoch(epoch: int) -> Engine:
    engine = Engine(lambda _engine, _batch: None)
    engine.state.epoch, engine.state.max_epochs = epoch, 2
    return engine


def _batch(grid: GridSpec, batch: int, trainer: Any) -> dict[str, Tensor]:
    """Return a batch of nothing, with labels of the kind that the loss takes."""
    loss = getattr(trainer, "loss_function", None)
    classes = isinstance(loss, nn.CrossEntropyLoss)
    label = torch.zeros(batch, dtype=torch.long if classes else torch.float32)
    return {CommonKeys.IMAGE: torch.zeros(batch, 1, *grid.shape), "label": label}
