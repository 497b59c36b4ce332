"""The GAN's engine: fit to scans first, then train against a discriminator, held to the scans it came from."""

from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import get_ema_multi_avg_fn

from brainaging.networks import T1wGenerator, r1_penalty
from brainaging.pipeline.engines.batches import noise_like
from brainaging.pipeline.engines.processes import own_latents, unwrapped
from brainaging.pipeline.engines.scan_trainer import ScanTrainer

#: Adversarial iterations n after which the average's decay is 1/2: it is n / (n + 20) up to its own value (0.995
#: after 3980), so that the average of few iterations does not hold on to the weights before them.
RAMP = 20


@dataclass(frozen=True)
class GanParts:
    """The networks of a GAN and their optimisers, all on one device.

    Attributes:
        generator, discriminator: the two networks.
        average: a second generator that follows the first one's weights.
        optimizer, d_optimizer: the networks' optimisers.
        fit_optimizer: the generator's in the warm-up.
    """

    generator: nn.Module
    discriminator: nn.Module
    average: nn.Module
    optimizer: Optimizer
    d_optimizer: Optimizer
    fit_optimizer: Optimizer


@dataclass(frozen=True)
class GanObjective:
    """What a GAN minimises, and how its average follows.

    Attributes:
        warmup: epochs of fitting before the adversarial ones.
        anchor: weight of the MSE of reconstructed scans in the generator's loss.
        anchor_interval: iterations from one step with it, as many times as heavy, to the next.
        r1: γ of R1 (Mescheder et al. 2018).
        r1_interval: iterations from one R1 to the next.
        noise: standard deviation of the noise before the discriminator, in the image's unit.
        flip: probability of a mirror image.
        decay: of the average of the generator's weights.
    """

    warmup: int = 10
    anchor: float = 100.0
    anchor_interval: int = 4
    r1: float = 0.05
    r1_interval: int = 4
    noise: float = 0.02
    flip: float = 0.5
    decay: float = 0.995


class GanTrainer(ScanTrainer):
    """Non-saturating GAN training (Goodfellow et al. 2014) with R1, an anchor and averaged weights.

    Each iteration takes a batch x of scans, mirrored at random. In the first ``warmup`` epochs the generator alone
    is fitted: MSE of G(E(x)) inside its mask, E its closed-form encoder. After them the discriminator takes a step
    on softplus(−D(x)) + softplus(D(G(z, ε))) + R1, and the generator one on softplus(−D(G(z, ε))) + ``anchor`` ·
    MSE, of the same brains, which are generated once. R1 and the MSE are taken "lazily", each every few iterations
    and as many times as heavy (Karras et al. 2020, CVPR, on R1). The anchor keeps every scan reachable: a
    generator that drops a kind of brain, as all that collapse do, pays for it. Noise is added to real and
    generated volumes alike before the discriminator sees them, so that it tells brains and not last digits; both
    networks' steps see the same.

    MONAI's own ``GanTrainer`` never sets training mode, sizes latents by the loader's batch and skips its
    postprocessing; MONAI's ``AdversarialTrainer`` feeds the generator from the batch and has no R1.

    The average is torch's (``get_ema_multi_avg_fn``), over parameters alone. ``AveragedModel`` around it would
    copy the generator's buffers, those of its appearance model among them, at every step, and name weights
    ``module.…``; Ignite's ``EMAHandler`` would share buffers with the generator in place of a copy, and its decay
    ramps from the run's first iteration, warm-up included.

    ``state.output`` has ``loss``, ``g_loss``, ``d_loss`` and ``anchor`` (tensors; the anchor's is 0 in steps
    without it), ``d_real`` and ``d_fake``, the mean probabilities of "real" that the discriminator gave, and
    ``fake``, the last generated volumes; the last three are not there in the warm-up.

    Args:
        parts: networks and optimisers, on ``device``.
        objective: weights of the losses, length of the warm-up.
        loop: of :class:`ScanTrainer`: ``device``, ``max_epochs`` (warm-up included), loader, handlers, precision.
    """

    def __init__(self, parts: GanParts, objective: GanObjective, **loop: Any) -> None:
        super().__init__(**loop)
        self.parts, self.objective = parts, objective

    def _iteration(self, engine: Any, batchdata: dict[str, Any]) -> dict[str, Any]:
        """Take one step; Ignite calls it with every batch."""
        with self.arithmetic.within(self.parts.generator, self.parts.discriminator):
            return self._step(engine, batchdata)

    def _step(self, engine: Any, batchdata: dict[str, Any]) -> dict[str, Any]:
        parts, objective = self.parts, self.objective
        parts.generator.train()
        parts.discriminator.train()
        inner = cast(T1wGenerator, unwrapped(parts.generator))
        real = self.scans(batchdata, objective.flip)
        if engine.state.epoch <= objective.warmup:
            loss = self._error(parts.generator(*_expected(inner, real)), real)
            _step(parts.fit_optimizer, loss)
            self._follow(0.0)
            none = torch.zeros_like(loss)
            return {"loss": loss.detach(), "g_loss": none, "d_loss": none, "anchor": loss.detach()}
        since = engine.state.iteration - objective.warmup * engine.state.epoch_length
        if since == 1:  # its work is done: no checkpoint need carry its moments
            parts.fit_optimizer.state.clear()
        latents = [own_latents(inner, len(real))]
        if (since - 1) % objective.anchor_interval == 0:
            latents.append(_expected(inner, real))
        # In one pass, since DistributedDataParallel expects one before each step.
        both = parts.generator(*(torch.cat(each) for each in zip(*latents, strict=True)))
        # gradients of slices would each be filled up with zeros
        fake, *again = both.split(len(real))
        shown = self._noisy(fake)
        d_loss, d_real, d_fake = self._train_discriminator(real, shown.detach(), since)
        discriminator = unwrapped(parts.discriminator).requires_grad_(False)
        g_loss = F.softplus(-discriminator(shown)).mean()
        errors = [objective.anchor_interval * self._error(each, real) for each in again]  # one, or none
        error = sum(errors, torch.zeros_like(g_loss))
        loss = g_loss + objective.anchor * error
        _step(parts.optimizer, loss)
        discriminator.requires_grad_(True)
        self._follow(min(objective.decay, since / (since + RAMP)))
        return {
            "loss": loss.detach(),
            "g_loss": g_loss.detach(),
            "d_loss": d_loss,
            "anchor": error.detach(),
            "d_real": d_real,
            "d_fake": d_fake,
            "fake": fake.detach(),
        }

    def _train_discriminator(self, real: Tensor, shown: Tensor, since: int) -> tuple[Tensor, Tensor, Tensor]:
        """Take the discriminator's step on scans and on ``shown``, generated ones with their noise.

        Returns its loss and the mean probabilities that it gave.
        """
        discriminator, objective = self.parts.discriminator, self.objective
        if since % objective.r1_interval == 0 and objective.r1 > 0:
            on_real, slope = r1_penalty(discriminator, self._noisy(real))
            penalty = 0.5 * objective.r1 * objective.r1_interval * slope
        else:
            on_real, penalty = discriminator(self._noisy(real)), torch.zeros((), device=real.device)
        on_fake = discriminator(shown)
        loss = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        _step(self.parts.d_optimizer, loss + penalty)
        return loss.detach(), on_real.detach().sigmoid().mean(), on_fake.detach().sigmoid().mean()

    def _noisy(self, volumes: Tensor) -> Tensor:
        return noise_like(volumes).mul_(self.objective.noise).add_(volumes)

    def _error(self, again: Tensor, real: Tensor) -> Tensor:
        """Return the mean squared error inside the mask."""
        inside = cast(T1wGenerator, unwrapped(self.parts.generator)).inside
        return inside((again - real).square()).mean()

    @torch.no_grad()
    def _follow(self, keep: float) -> None:
        """Move the averaged weights; the rest of the state, fitted once, is copied where it is fitted."""
        pairs = zip(self.parts.average.parameters(), unwrapped(self.parts.generator).parameters(), strict=True)
        # what is not trained is the same in both
        trained = [pair for pair in pairs if pair[1].requires_grad]
        slow, fast = [pair[0] for pair in trained], [pair[1] for pair in trained]
        get_ema_multi_avg_fn(keep)(slow, fast, None)


@torch.no_grad()
def _expected(inner: T1wGenerator, real: Tensor) -> tuple[Tensor, Tensor]:
    """Return the latents and the detail, none, that scans are reconstructed from."""
    return inner.encode(real), torch.zeros(len(real), inner.detail, device=real.device)


def _step(optimizer: Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
