"""Engines for the latent encoder: generated brains teach it latents, scans teach it likeness."""

from collections.abc import Iterable
from typing import Any, cast

import torch
from ignite.engine import Events
from monai.engines import Evaluator
from monai.utils import CommonKeys
from torch import Tensor, nn
from torch.optim import Optimizer

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.engines.arithmetic import MixedPrecision
from brainaging.pipeline.engines.processes import own_latents, unwrapped
from brainaging.pipeline.engines.scan_trainer import ScanTrainer


class EncoderTrainer(ScanTrainer):
    """Trains E on |E(G(z, ε)) − z|² and, on scans x, on ``reconstruction`` · |G(E(x)) − x|².

    Without the second term E learns from generated brains alone, as the encoder of the original study did. G is
    fixed. ``state.output`` has ``loss``, ``latent`` (the mean squared error of z, 1 − R² as z has variance 1) and
    ``image`` (the mean squared error inside the mask).

    Args:
        network: the encoder, on ``device``.
        optimizer: of its descent.
        reconstruction: weight of the scans' error.
        flip: probability that a scan is mirrored.
        loop: of :class:`ScanTrainer`: device, epochs, loader, handlers, precision; as many brains are generated as
            the loader gives.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: Optimizer,
        reconstruction: float = 100.0,
        flip: float = 0.5,
        **loop: Any,
    ) -> None:
        super().__init__(**loop)
        self.network, self.optimizer = network, optimizer
        self.reconstruction, self.flip = reconstruction, flip

    def _iteration(self, engine: Any, batchdata: dict[str, Any]) -> dict[str, Any]:
        """Take one step; Ignite calls it with every batch."""
        self.network.train()
        with self.arithmetic.within(self.network):
            output = inversion_errors(self.network, self.scans(batchdata, self.flip), self.reconstruction)
        self.optimizer.zero_grad(set_to_none=True)
        output["loss"].backward()
        self.optimizer.step()
        return {name: value.detach() for name, value in output.items()}


class EncoderEvaluator(Evaluator):
    """Measures what :class:`EncoderTrainer` minimises, on validation scans and always the same generated brains.

    Args:
        device: of the network.
        val_data_loader: batches with ``image`` ``(B, 1, X, Y, Z)``.
        network: the encoder, on ``device``.
        reconstruction: weight of the scans' error.
        seed: of the generated brains.
        precision: of convolutions, see :class:`brainaging.pipeline.engines.arithmetic.MixedPrecision`.
        kwargs: MONAI's, for metrics and handlers.
    """

    def __init__(
        self,
        device: torch.device | str,
        val_data_loader: Iterable[Any],
        network: nn.Module,
        reconstruction: float = 100.0,
        seed: int = 0,
        precision: str = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(device=torch.device(device), val_data_loader=val_data_loader, decollate=False, **kwargs)
        self.network, self.reconstruction, self.seed = network, reconstruction, seed
        self.arithmetic = MixedPrecision(precision, device, training=False)
        self.draws = torch.Generator()
        self.add_event_handler(Events.STARTED, lambda: self.draws.manual_seed(self.seed))

    @torch.no_grad()
    def _iteration(self, engine: Any, batchdata: dict[str, Any]) -> dict[str, Any]:
        """Measure one batch."""
        self.network.eval()
        real = batchdata[CommonKeys.IMAGE].to(engine.state.device, non_blocking=True)
        with self.arithmetic.within(self.network):
            return dict(inversion_errors(self.network, real, self.reconstruction, self.draws))


def inversion_errors(
    network: nn.Module, real: Tensor, reconstruction: float, draws: torch.Generator | None = None
) -> dict[str, Tensor]:
    """Return ``latent``, ``image`` and ``loss`` of :class:`EncoderTrainer` for scans ``(B, 1, X, Y, Z)``."""
    generator = cast(T1wLatentEncoder, unwrapped(network)).generator
    with torch.no_grad():
        z, detail = own_latents(generator, len(real), draws)
        generated = generator(z, detail)
    # in one pass, since DistributedDataParallel expects one before each step
    recovered, own = network(torch.cat([generated, real])).split(len(real))
    latent = (recovered - z).square().mean()
    image = generator.inside(generator(own) - real).square().mean()
    return {"loss": latent + reconstruction * image, "latent": latent, "image": image}
