"""The GAN's engine: fit to scans first, then train against a discriminator, held to the scans it came from."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from monai.engines import Trainer
from monai.utils import CommonKeys
from torch import Tensor, nn
from torch.optim import Optimizer

from brainaging.networks import T1wGenerator, r1_penalty
from brainaging.pipeline.engines.batches import mirrored


class GanTrainer(Trainer):
    """Non-saturating GAN training (Goodfellow et al. 2014) with R1, an anchor and averaged weights.

    Each iteration takes a batch x of scans, mirrored at random. In the first ``warmup`` epochs the generator alone
    is fitted: MSE of G(E(x)) inside its mask, E its closed-form encoder. After them the discriminator takes a step
    on softplus(−D(x)) + softplus(D(G(z, ε))) + R1, with R1 every ``r1_interval`` iterations (Karras et al. 2020,
    "lazy"), and the generator one on softplus(−D(G(z, ε))) + ``anchor`` · MSE. The anchor keeps every scan
    reachable: a generator that drops a kind of brain, as all that collapse do, pays for it. Noise is added to real
    and made volumes alike before the discriminator sees them, so that it judges brains and not last digits.

    MONAI's own ``GanTrainer`` never sets training mode, sizes latents by the loader's batch and skips its
    postprocessing; MONAI's ``AdversarialTrainer`` feeds the generator from the batch and has no R1.

    ``state.output`` has ``loss``, ``g_loss``, ``d_loss`` and ``anchor`` (tensors), ``d_real`` and ``d_fake``, the
    probabilities of "real" that the discriminator gave (None in the warm-up), and ``fake``, the last fakes.

    Args:
        device: of the networks.
        max_epochs: warm-up included.
        train_data_loader: batches with ``image`` ``(B, 1, X, Y, Z)``.
        generator, discriminator: the two networks, on ``device``.
        g_optimizer, d_optimizer: their optimisers.
        fit_optimizer: the generator's in the warm-up.
        average: a second generator that follows the first one's weights.
        warmup: epochs of fitting.
        anchor: weight of the MSE.
        r1: γ of R1.
        r1_interval: iterations from one R1 to the next.
        noise: standard deviation of the noise, in the image's unit.
        flip: probability of a mirror image.
        decay: of the average, reached after a hundred iterations.
        train_handlers: handlers to attach.
    """

    def __init__(
        self,
        device: torch.device | str,
        max_epochs: int,
        train_data_loader: Iterable[Any],
        generator: nn.Module,
        discriminator: nn.Module,
        g_optimizer: Optimizer,
        d_optimizer: Optimizer,
        fit_optimizer: Optimizer,
        average: nn.Module,
        warmup: int = 10,
        anchor: float = 100.0,
        r1: float = 0.05,
        r1_interval: int = 4,
        noise: float = 0.02,
        flip: float = 0.5,
        decay: float = 0.995,
        train_handlers: Sequence[Any] | None = None,
    ) -> None:
        super().__init__(
            device=torch.device(device),
            max_epochs=max_epochs,
            data_loader=train_data_loader,
            handlers=train_handlers,
            decollate=False,
        )
        self.generator, self.discriminator, self.average = generator, discriminator, average
        self.g_optimizer, self.d_optimizer, self.fit_optimizer = g_optimizer, d_optimizer, fit_optimizer
        self.warmup, self.anchor = warmup, anchor
        self.r1, self.r1_interval, self.noise, self.flip, self.decay = r1, r1_interval, noise, flip, decay

    def _iteration(self, engine: Any, batchdata: dict[str, Any]) -> dict[str, Any]:
        """Take one step; Ignite calls it with every batch."""
        self.generator.train()
        self.discriminator.train()
        inner = bare(self.generator)
        real = batchdata[CommonKeys.IMAGE].to(engine.state.device, non_blocking=True)
        real = mirrored(real, self.flip)
        with torch.no_grad():
            own = inner.encode(real)
        nothing = torch.zeros(len(real), inner.detail, device=real.device)
        if engine.state.epoch <= self.warmup:
            loss = self._error(self.generator(own, nothing), real)
            _step(self.fit_optimizer, loss)
            self._follow(0.0)
            none = torch.zeros_like(loss)
            return {"loss": loss.detach(), "g_loss": none, "d_loss": none, "anchor": loss.detach()}
        since = engine.state.iteration - self.warmup * engine.state.epoch_length
        d_loss, d_real, d_fake = self._judge(real, since)
        z, detail = inner.draw(len(real))
        # In one pass, since DistributedDataParallel expects one before each step.
        both = self.generator(torch.cat([z, own]), torch.cat([detail, nothing]))
        fake, again = both[: len(z)], both[len(z) :]
        judge = getattr(self.discriminator, "module", self.discriminator).requires_grad_(False)
        g_loss = F.softplus(-judge(self._noisy(fake))).mean()
        error = self._error(again, real)
        loss = g_loss + self.anchor * error
        _step(self.g_optimizer, loss)
        judge.requires_grad_(True)
        self._follow(min(self.decay, since / (since + 20)))
        return {
            "loss": loss.detach(),
            "g_loss": g_loss.detach(),
            "d_loss": d_loss,
            "anchor": error.detach(),
            "d_real": d_real,
            "d_fake": d_fake,
            "fake": fake.detach(),
        }

    def _judge(self, real: Tensor, since: int) -> tuple[Tensor, Tensor, Tensor]:
        """Take the discriminator's step; return its loss and the mean probabilities that it gave."""
        with torch.no_grad():
            inner = bare(self.generator)
            fake = inner(*inner.draw(len(real)))
        if since % self.r1_interval == 0 and self.r1 > 0:
            on_real, slope = r1_penalty(self.discriminator, self._noisy(real))
            penalty = 0.5 * self.r1 * self.r1_interval * slope
        else:
            on_real, penalty = self.discriminator(self._noisy(real)), torch.zeros((), device=real.device)
        on_fake = self.discriminator(self._noisy(fake))
        loss = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        _step(self.d_optimizer, loss + penalty)
        return loss.detach(), on_real.detach().sigmoid().mean(), on_fake.detach().sigmoid().mean()

    def _noisy(self, volumes: Tensor) -> Tensor:
        return volumes + self.noise * torch.randn_like(volumes)

    def _error(self, again: Tensor, real: Tensor) -> Tensor:
        """Return the mean squared error inside the mask."""
        return (again - real).square().flatten(1)[:, bare(self.generator).voxels].mean()

    @torch.no_grad()
    def _follow(self, keep: float) -> None:
        """Move the averaged weights; the rest of the state, fitted once, is copied."""
        followed = bare(self.generator)
        for slow, fast in zip(self.average.parameters(), followed.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)


def bare(network: nn.Module) -> T1wGenerator:
    """Return the generator under DistributedDataParallel's wrapper."""
    return cast(T1wGenerator, getattr(network, "module", network))


def _step(optimizer: Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
