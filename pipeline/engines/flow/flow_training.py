"""Engines for the conditional generator's flow: velocities of straight paths from noise to scans' latents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from ignite.engine import Events
from monai.engines import Evaluator
from monai.networks.schedulers import RFlowScheduler
from monai.utils import CommonKeys
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import get_ema_multi_avg_fn

from brainaging.networks import ConditionalFlow, T1wConditionalGenerator
from brainaging.pipeline.engines.adversarial import RAMP
from brainaging.pipeline.engines.processes import own_rows, unwrapped
from brainaging.pipeline.engines.scan_trainer import ScanTrainer

#: scans that are encoded at once
BATCH = 32


@dataclass(frozen=True)
class FlowObjective:
    """What the flow minimises, and how its average follows.

    Attributes:
        draws: of time and noise for each latent and step.
        dropped: probability with which each covariate is left out of a draw, and again all of them.
        flip: probability that a scan is mirrored.
        decay: of the average of the flow's weights.
    """

    draws: int = 64
    dropped: float = 0.1
    flip: float = 0.5
    decay: float = 0.99


class FlowTrainer(ScanTrainer):
    """Trains v(x, s | c) on |v − (z − ε)|² with x = s z + (1 − s) ε (Liu et al. 2023, ICLR), z scans' latents.

    The decoder is fixed: it and the flow's closed form are fitted before the first step (``handlers.FlowStart``),
    and every scan, and its mirror image, is encoded once. Times and paths are those of MONAI's
    ``RFlowScheduler``, whose timestep t is 1000 (1 − s). Covariates are dropped at random, so that one network
    draws people of any of them known, and of none.

    ``state.output`` has ``loss`` and ``start``, the loss of the closed form alone on the same draws: what the
    first is less than the second is what was learned.

    Args:
        network: the whole generator, which encodes scans, on ``device``.
        flow: its flow, wrapped where several processes share it.
        average: a second generator, whose flow follows the first one's.
        optimizer: of the flow.
        scheduler: MONAI's, with ``use_discrete_timesteps=False``.
        objective: draws, dropping, mirroring, averaging.
        dataset: the training dataset, whose items hold ``image`` ``(1, X, Y, Z)``.
        loop: of :class:`ScanTrainer`; batches have ``number`` ``(B,)``, whose items of the dataset they are, and
            ``covariates`` ``(B, k)``, NaN where missing.
    """

    def __init__(
        self,
        network: T1wConditionalGenerator,
        flow: nn.Module,
        average: T1wConditionalGenerator,
        optimizer: Optimizer,
        scheduler: RFlowScheduler,
        objective: FlowObjective,
        dataset: Sequence[Any],
        **loop: Any,
    ) -> None:
        super().__init__(**loop)
        self.network, self.flow, self.average = network, flow, average
        self.optimizer, self.scheduler, self.objective = optimizer, scheduler, objective
        self.dataset = dataset
        self.latents = torch.empty(0)
        # after the handlers, one of which fits the decoder
        self.add_event_handler(Events.STARTED, self._encode)

    @torch.no_grad()
    def _encode(self) -> None:
        """Set ``latents`` (2, n, L) to those of the training scans and of their mirror images."""
        pairs = []
        for first in range(0, len(self.dataset), BATCH):
            rows = range(first, min(first + BATCH, len(self.dataset)))
            images = torch.stack([torch.as_tensor(self.dataset[row][CommonKeys.IMAGE]) for row in rows])
            images = images.to(self.state.device)
            pairs.append(torch.stack([self.network.encode(images), self.network.encode(images.flip(2))]))
        self.latents = torch.cat(pairs, 1)

    def _iteration(self, engine: Any, batchdata: dict[str, Any]) -> dict[str, Any]:
        """Take one step; Ignite calls it with every batch."""
        self.flow.train()
        objective = self.objective
        number = batchdata["number"].to(self.latents.device).repeat(objective.draws)
        mirrored = (own_rows(torch.rand, len(number)) < objective.flip).long().to(number.device)
        latents = self.latents[mirrored, number]
        covariates = batchdata["covariates"].to(latents).repeat(objective.draws, 1)
        covariates = with_dropped(covariates, objective.dropped)
        output = velocity_errors(self.flow, self.scheduler, latents, covariates)
        self.optimizer.zero_grad(set_to_none=True)
        output["loss"].backward()
        self.optimizer.step()
        since = engine.state.iteration
        self._follow(min(objective.decay, since / (since + RAMP)))
        return {name: value.detach() for name, value in output.items()}

    @torch.no_grad()
    def _follow(self, keep: float) -> None:
        """Move the averaged weights; what is fitted in closed form is copied where it is fitted."""
        fast = list(unwrapped(self.flow).parameters())
        get_ema_multi_avg_fn(keep)(list(self.average.flow.parameters()), fast, None)


class FlowEvaluator(Evaluator):
    """Measures what :class:`FlowTrainer` minimises, always on the same draws of time and noise, nothing dropped.

    Scans are encoded once, in the first run: the decoder is fixed, and the loader's order has to be.

    Args:
        device: of the network.
        val_data_loader: batches with ``image`` and ``covariates``.
        network: the averaged generator, on ``device``.
        scheduler: as the trainer's.
        draws: of time and noise for each scan.
        seed: of the draws.
        kwargs: MONAI's, for metrics and handlers.
    """

    def __init__(
        self,
        device: torch.device | str,
        val_data_loader: Iterable[Any],
        network: nn.Module,
        scheduler: RFlowScheduler,
        draws: int = 16,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(device=torch.device(device), val_data_loader=val_data_loader, decollate=False, **kwargs)
        self.network, self.scheduler, self.draws, self.seed = network, scheduler, draws, seed
        self.encoded: dict[int, Tensor] = {}

    @torch.no_grad()
    def _iteration(self, engine: Any, batchdata: dict[str, Any]) -> dict[str, Any]:
        """Measure one batch."""
        self.network.eval()
        generator = cast(T1wConditionalGenerator, unwrapped(self.network))
        batch = int(engine.state.iteration)
        if batch not in self.encoded:
            self.encoded[batch] = generator.encode(batchdata[CommonKeys.IMAGE].to(engine.state.device))
        latents = self.encoded[batch].repeat(self.draws, 1)
        covariates = batchdata["covariates"].to(latents).repeat(self.draws, 1)
        # the training's own stream of random numbers stays where it is
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed + batch)
            return dict(velocity_errors(generator.flow, self.scheduler, latents, covariates))


def velocity_errors(
    flow: nn.Module, scheduler: RFlowScheduler, latents: Tensor, covariates: Tensor
) -> dict[str, Tensor]:
    """Return ``loss`` of a flow, and ``start`` of its closed form alone, on one draw of time and noise a latent.

    Args:
        flow: a :class:`brainaging.networks.ConditionalFlow`, possibly wrapped.
        scheduler: draws times, and mixes noise and latents.
        latents: ``(B, L)``.
        covariates: ``(B, k)``, NaN where missing.
    """
    # drawn on the CPU: same seed, same draws, whatever the device
    size = latents.shape[1]
    times = own_rows(lambda count: scheduler.sample_timesteps(torch.empty(count, size)), len(latents)).to(latents)
    noise = own_rows(lambda count: torch.randn(count, size), len(latents)).to(latents)
    # MONAI's mixing takes images
    x = scheduler.add_noise(latents[..., None, None], noise[..., None, None], times)[..., 0, 0]
    s, target = 1 - times / scheduler.num_train_timesteps, latents - noise
    loss = (flow(x, covariates, s) - target).square().mean()
    with torch.no_grad():
        plain = cast(ConditionalFlow, unwrapped(flow)).closed_form(x, covariates, s)
        start = (plain - target).square().mean()
    return {"loss": loss, "start": start}


def with_dropped(covariates: Tensor, probability: float) -> Tensor:
    """Return covariates ``(B, k)``, each made NaN with ``probability``, and all of a row with it once more."""
    people, size = covariates.shape
    each = own_rows(lambda count: torch.rand(count, size), people) < probability
    rows = own_rows(lambda count: torch.rand(count, 1), people) < probability
    return covariates.masked_fill((each | rows).to(covariates.device), float("nan"))
