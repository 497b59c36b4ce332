"""Validation that waits for the end of a warm-up."""

from ignite.engine import Engine, Events
from monai.engines import Evaluator
from monai.handlers import ValidationHandler


class ValidateAfterWarmup(ValidationHandler):
    """MONAI's ``ValidationHandler``, silent in the warm-up: a generator without its detail is not to be chosen.

    Args:
        validator: the engine that validates.
        warmup: epochs of fitting.
        interval: epochs from one validation to the next.
    """

    def __init__(self, validator: Evaluator, warmup: int, interval: int = 1) -> None:
        super().__init__(interval, validator)
        self.warmup = warmup

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""

        def due(_: Engine, epoch: int) -> bool:
            return epoch > self.warmup and (epoch - self.warmup) % self.interval == 0

        engine.add_event_handler(Events.EPOCH_COMPLETED(event_filter=due), self)
