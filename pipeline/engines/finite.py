"""Stop a run whose loss is no longer a number."""

import math
from typing import Any

from ignite.engine import Engine, Events

from brainaging.pipeline.runtime import UserError


class StopWhenNotFinite:
    """End training with an error when the loss is NaN or infinite; the last whole epoch's checkpoint stays.

    Ignite's ``TerminateOnNan`` ends the run as if it had succeeded, which a script that goes on to use the
    weights cannot tell from success.
    """

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.check)

    def check(self, engine: Engine) -> None:
        """Look at the iteration's loss.

        Raises:
            UserError: it is not finite.
        """
        output: Any = engine.state.output
        loss = output["loss"].item()
        if not math.isfinite(loss):
            raise UserError(
                f"training diverged: the loss is {loss} in epoch {engine.state.epoch}, iteration "
                f"{engine.state.iteration}; lower learning_rate and run again: it goes on from the last epoch"
            )
