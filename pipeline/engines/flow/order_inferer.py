"""From an ordered batch to brains: noise and covariates through the flow, and its latents decoded."""

from collections.abc import Callable
from typing import Any, cast

import torch
from monai.inferers import Inferer
from monai.utils import CommonKeys
from torch import Tensor, nn

from brainaging.networks import T1wConditionalGenerator
from brainaging.pipeline.engines.batches import PreparedBatch
from brainaging.pipeline.engines.processes import unwrapped


class OrderBatch(PreparedBatch):
    """``prepare_batch`` of ordered brains: the network is called with noise, covariates and detail."""

    def prepared(self, sent: Callable[[str], Tensor]) -> tuple[Tensor, None, tuple[()], dict[str, Tensor]]:
        """Return noise ``(B, L)`` and, by name, covariates ``(B, k)`` and detail ``(B, D)``."""
        named = {"covariates": sent("covariates").float(), "detail": sent("detail")}
        return sent(CommonKeys.IMAGE), None, (), named


class OrderInferer(Inferer):
    """Draw latents for noise and covariates, decode them, and keep them in ``latents`` ``(B, L)`` for handlers.

    Args:
        steps: of the flow; the Gaussian's part of it needs none.
        guidance: weight of the covariates; 1 draws people as they are, more of it people more as asked and more
            alike.
    """

    def __init__(self, steps: int = 32, guidance: float = 1.0) -> None:
        self.steps, self.guidance = steps, guidance
        self.latents = torch.empty(0)

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return the volumes ``(B, 1, X, Y, Z)`` of noise ``(B, L)``, ``covariates`` and ``detail``."""
        generator = cast(T1wConditionalGenerator, unwrapped(cast(nn.Module, network)))
        self.latents = generator.flow.draw(inputs, kwargs["covariates"], self.steps, self.guidance)
        volumes: Tensor = generator.brains(self.latents, kwargs["covariates"], kwargs["detail"])
        return volumes
