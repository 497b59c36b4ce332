"""Where the conditional generator starts: decoder and flow fitted to the training scans, in closed form."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from brainaging.networks import T1wConditionalGenerator
from brainaging.pipeline.data import covariate_names
from brainaging.pipeline.handlers.linear_start import LinearStart, StartsFrom
from brainaging.pipeline.runtime import UserError


class FlowStart(LinearStart):
    """Before the first epoch, fit the conditional generator to the training scans and their covariates.

    Attach it after the checkpoints: a run that is resumed keeps what it had.

    Args:
        network: the generator.
        dataset: the training dataset, whose items hold ``image`` ``(1, X, Y, Z)`` and ``covariates`` ``(k,)``.
        average: the averaged generator, which gets the same start.
        covariates: the design, whose names errors say.
        flip: add each scan's mirror image.
    """

    def __init__(
        self, network: nn.Module, dataset: Sequence[Any], average: nn.Module, covariates: str, flip: bool = True
    ) -> None:
        super().__init__(network, dataset, flip)
        self.average = average
        self.names = covariate_names(covariates)

    def fit(self, network: StartsFrom, volumes: Tensor) -> int:
        """Fit network and average to volumes ``(n, 1, X, Y, Z)``; return how many numbers a latent has.

        Raises:
            UserError: a covariate in which people do not differ.
        """
        values = torch.stack([torch.as_tensor(self.dataset[i]["covariates"]) for i in range(len(self.dataset))])
        for name, column in zip(self.names, values.T, strict=True):
            known = column[torch.isfinite(column)]
            if len(known) < 2 or bool((known == known[0]).all()):
                raise UserError(f"{name}: expected training people who differ in it, found none")
        generator = cast(T1wConditionalGenerator, network)
        share = generator.start_from(volumes, values, flip=self.flip)
        self.logger.info("fine detail: %.0f %% of what latents leave", 100 * share)
        return generator.latent_size

    def share(self) -> None:
        """Send the first process's state to all, and to the average."""
        super().share()
        self.average.load_state_dict(self.network.state_dict())
