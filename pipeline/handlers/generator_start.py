"""Where the generator starts: fitted to the training scans, its fine detail to what that leaves."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from ignite.engine import Engine, Events
from torch import Tensor, nn

from brainaging.networks import T1wGenerator
from brainaging.pipeline.data import stacked_images
from brainaging.pipeline.engines import unwrapped
from brainaging.pipeline.handlers.linear_start import LinearStart, StartsFrom
from brainaging.pipeline.runtime import UserError


class GeneratorStart(LinearStart):
    """Fit the generator to the training scans before the first epoch, and its detail after the last warm-up epoch.

    Attach it after the checkpoints: a run that is resumed keeps what it had.

    Args:
        network: the generator, possibly wrapped for several processes.
        dataset: the training dataset, whose items hold ``image`` ``(1, X, Y, Z)``, without random transforms, and
            may hold ``label``, 0 or 1 for one of two kinds, −1 where unknown.
        average: the averaged generator, which gets the same start.
        warmup: epochs of fitting.
        flip: add each scan's mirror image.
    """

    def __init__(
        self, network: nn.Module, dataset: Sequence[Any], average: nn.Module, warmup: int, flip: bool = True
    ) -> None:
        super().__init__(network, dataset, flip)
        self.average = average
        self.warmup = warmup

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.EPOCH_STARTED, self.end_of_warmup)

    def start(self, engine: Engine) -> None:
        """Fit the appearance model, unless training goes on from a checkpoint.

        Raises:
            UserError: the scans are too few for the codes, or no epoch is left for the discriminator.
        """
        if engine.state.max_epochs is not None and engine.state.max_epochs <= self.warmup:
            raise UserError(
                f"epochs: expected more than the {self.warmup} of warmup, got {engine.state.max_epochs}: the "
                "adversarial epochs come after those that fit the generator"
            )
        super().start(engine)
        if engine.state.epoch == 0:
            self.average.load_state_dict(unwrapped(self.network).state_dict())

    def fit(self, network: StartsFrom, volumes: Tensor) -> int:
        """Fit the appearance model, and the latents' two kinds where items say of which they are."""
        kinds = torch.tensor([int(self.dataset[i].get("label", -1)) for i in range(len(self.dataset))])
        return cast(T1wGenerator, network).start_from(volumes, flip=self.flip, kinds=kinds)

    def end_of_warmup(self, engine: Engine) -> None:
        """Fit the detail before the first adversarial epoch."""
        if engine.state.epoch == self.warmup + 1:
            self._detail()

    def _detail(self) -> None:
        inner = cast(T1wGenerator, unwrapped(self.network))
        share = inner.fit_detail(stacked_images(self.dataset), flip=self.flip)
        self.share()
        self.average.load_state_dict(inner.state_dict())
        self.logger.info("fine detail: %d components hold %.0f %% of what is left", inner.detail, 100 * share)
