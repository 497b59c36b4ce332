"""Stop a run whose loss or weights are no longer numbers."""

import math
from collections.abc import Callable
from typing import Any

import torch
from ignite.engine import Engine, Events
from torch import nn

from brainaging.pipeline.engines import loss_of, number
from brainaging.pipeline.runtime import UserError


class StopWhenNotFinite:
    """End training with an error when the loss, or a weight at an epoch's end, is NaN or infinite.

    Ignite's ``TerminateOnNan`` ends the run as if it had succeeded, which a script that goes on to use the
    weights cannot tell from success. The loss alone does not tell either: where a displacement is NaN,
    ``grid_sample`` returns zeros, and a dead network has a finite error. Attach it before the checkpoints, so
    that the last whole epoch's stays.

    Args:
        network: whose weights are looked at.
        output_transform: from the engine's output to its loss, a number or a tensor of one; the entry ``loss`` of
            a trainer of MONAI's, decollated or not, or the output itself.

    >>> from ignite.engine import Engine
    >>> engine = Engine(lambda engine, batch: batch)  # as Ignite's own trainers, it puts out its loss
    >>> StopWhenNotFinite(nn.Linear(1, 1)).attach(engine)
    >>> engine.run([0.5, math.inf])
    Traceback (most recent call last):
    brainaging.pipeline.runtime.errors.UserError: training diverged: the loss is inf in epoch 1, iteration 2; ...
    """

    def __init__(
        self,
        network: nn.Module,
        output_transform: Callable[[Any], Any] = loss_of,
    ) -> None:
        self.network = network
        self.output_transform = output_transform

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.check_loss)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.check_weights)

    def check_loss(self, engine: Engine) -> None:
        """Look at the iteration's loss.

        Raises:
            UserError: it is not finite.
        """
        loss = number(self.output_transform(engine.state.output))
        if not math.isfinite(loss):
            raise self.diverged(engine, f"the loss is {loss}")

    def check_weights(self, engine: Engine) -> None:
        """Look at the weights.

        Raises:
            UserError: one is not finite.
        """
        for name, weight in self.network.named_parameters():
            if not torch.isfinite(weight).all():
                raise self.diverged(engine, f"{name} is no longer finite")

    @staticmethod
    def diverged(engine: Engine, what: str) -> UserError:
        """Return the error that says ``what`` happened when, and what to do."""
        return UserError(
            f"training diverged: {what} in epoch {engine.state.epoch}, iteration {engine.state.iteration}; "
            "lower learning_rate and run again: it goes on from the last whole epoch"
        )
