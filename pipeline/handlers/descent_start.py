"""Where the latent encoder starts: its descent fitted to brains that the generator makes."""

from typing import cast

import ignite.distributed as idist
import torch
from ignite.engine import Engine
from torch import nn

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.engines import load_weights, unwrapped
from brainaging.pipeline.handlers.linear_start import LinearStart
from brainaging.pipeline.runtime import UserError


class DescentStart(LinearStart):
    """Before the first epoch: load the generator and fit the encoder's descent to generated brains.

    Attach it after the checkpoints: a resumed run keeps what it had.

    Args:
        network: the encoder, possibly wrapped for several processes.
        generator: a checkpoint of the bundle ``t1w_gan``, of the encoder's sizes and grid.
        count: brains to generate.
        seed: of their latents.
    """

    def __init__(self, network: nn.Module, generator: str, count: int, seed: int = 0) -> None:
        super().__init__(network, [])
        self.generator = generator
        self.count = count
        self.seed = seed

    def start(self, engine: Engine) -> None:
        """Fit, unless training goes on from a checkpoint.

        Raises:
            UserError: the generator's checkpoint is missing or of another size or grid, or too few brains.
        """
        if engine.state.epoch > 0:
            return
        inner = cast(T1wLatentEncoder, unwrapped(self.network))
        load_weights(inner.generator, self.generator)
        try:
            scores = inner.fit_descent(self.count, draws=torch.Generator().manual_seed(self.seed))
        except ValueError as error:
            raise UserError(f"{self.count} generated brains are no start for an encoder: {error}") from error
        self.share()
        if idist.get_rank() == 0:
            values = ", ".join(f"{score:.4f}" for score in scores)
            self.logger.info("R² of the latents of %d generated brains by step: %s", self.count, values)
