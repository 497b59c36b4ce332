"""Start a network from the linear solution of its own training data."""

import logging
from collections.abc import Sequence
from typing import Any, Protocol, cast

import ignite.distributed as idist
import torch.distributed as dist
from ignite.engine import Engine, Events
from torch import Tensor, nn

from brainaging.pipeline.data import stacked_images
from brainaging.pipeline.engines import unwrapped
from brainaging.pipeline.runtime import UserError


class StartsFrom(Protocol):
    """A network that can be set to the principal components of volumes ``(n, 1, X, Y, Z)``."""

    def start_from(self, volumes: Tensor, flip: bool = True) -> int:
        """Return how many components there are."""


class LinearStart:
    """Before the first epoch, set the network to the principal components of the training scans.

    It runs on training subjects only and is skipped where training goes on from a checkpoint, so it must stand
    after the checkpoints' handler. Under ``DistributedDataParallel`` every process fits the whole dataset, and
    the first one's components are sent to all, since eigenvectors may differ in sign from machine to machine.

    Args:
        network: a network with ``start_from``, possibly wrapped for several processes.
        dataset: the training dataset, whose items hold ``image`` ``(1, X, Y, Z)``, without random transforms.
        flip: add each scan's mirror image.
    """

    def __init__(self, network: nn.Module, dataset: Sequence[Any], flip: bool = True) -> None:
        self.network = network
        self.dataset = dataset
        self.flip = flip
        self.logger = logging.getLogger(__name__)

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""
        engine.add_event_handler(Events.STARTED, self.start)

    def start(self, engine: Engine) -> None:
        """Fit the components, unless training goes on from a checkpoint.

        Raises:
            UserError: the scans are too few, or all alike.
        """
        if engine.state.epoch > 0:
            return
        inner = cast(StartsFrom, unwrapped(self.network))
        try:
            count = self.fit(inner, stacked_images(self.dataset))
        except ValueError as error:
            raise UserError(f"{len(self.dataset)} training samples are no start for a network: {error}") from error
        self.share()
        if idist.get_rank() == 0:
            self.logger.info("started from %d principal components of %d samples", count, len(self.dataset))

    def fit(self, network: StartsFrom, volumes: Tensor) -> int:
        """Set the network to volumes ``(n, 1, X, Y, Z)``; return how many components there are."""
        return network.start_from(volumes, flip=self.flip)

    def share(self) -> None:
        """Send the first process's state to all, where there are several."""
        if dist.is_available() and dist.is_initialized():
            for tensor in self.network.state_dict().values():
                if isinstance(tensor, Tensor):
                    dist.broadcast(tensor, 0)
