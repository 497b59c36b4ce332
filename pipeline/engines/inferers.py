"""MONAI inferers of the bundles: reconstruct, generate, draw for comparison, predict over mirror images."""

from collections.abc import Callable
from typing import Any, cast

import torch
from ignite.engine import Engine, Events
from monai.inferers import Inferer
from torch import Tensor, nn

from brainaging.networks import T1wGenerator
from brainaging.pipeline.engines.coding import Coder
from brainaging.pipeline.engines.processes import own_latents, unwrapped


class CodingInferer(Inferer):
    """Encode and decode; keep the batch's latents in ``latents`` ``(B, L)`` for handlers to read."""

    def __init__(self) -> None:
        self.latents = torch.empty(0)

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return the reconstruction of ``inputs``, volumes ``(B, 1, X, Y, Z)`` or rows ``(B, p)``."""
        coder = cast(Coder, unwrapped(cast(nn.Module, network)))
        self.latents = coder.encode(inputs)
        return coder.decode(self.latents)


class GeneratingInferer(Inferer):
    """Decode latents; keep the batch's in ``latents`` ``(B, L)`` for handlers to read."""

    def __init__(self) -> None:
        self.latents = torch.empty(0)

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return the volumes ``(B, 1, X, Y, Z)`` of latents ``(B, L)``."""
        self.latents = inputs
        volumes: Tensor = network(inputs, *args, **kwargs)
        return volumes


class SampleInferer(Inferer):
    """Draw one brain for every scan of a batch: generated volumes and scans for a metric to compare.

    A validation begins with the same seed each time, so that epochs differ by the weights alone; several
    processes draw what one would, where their batches are of one size.

    Args:
        seed: of the latents.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.draws = torch.Generator().manual_seed(seed)

    def attach(self, engine: Engine) -> None:
        """Begin anew whenever ``engine`` does."""
        engine.add_event_handler(Events.STARTED, lambda: self.draws.manual_seed(self.seed))

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return as many generated brains ``(B, 1, X, Y, Z)`` as ``inputs`` has volumes."""
        generator = cast(T1wGenerator, unwrapped(cast(nn.Module, network)))
        volumes: Tensor = generator(*own_latents(generator, len(inputs), self.draws))
        return volumes


class MirrorInferer(Inferer):
    """The mean of a network's outputs for a volume and for its mirror image, which has the same label."""

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return the mean output ``(B, K)`` for volumes ``(B, 1, X, Y, Z)``, first spatial axis left-right."""
        mean: Tensor = (network(inputs, *args, **kwargs) + network(inputs.flip(2), *args, **kwargs)) / 2
        return mean
