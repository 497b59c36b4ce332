"""What every writer of an inference run does: gather its batches, and write them at its end."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ignite.engine import Engine, Events
from monai.utils import CommonKeys

from brainaging.pipeline.engines import entry


class RunWriter(ABC):
    """Gather an inference run's subjects and predictions, and write them once it has seen everybody.

    Args:
        output_transform: from the engine's output to predictions: a batch's, or a list of them.
        batch_transform: from the engine's batch to the subjects' identifiers.
    """

    def __init__(
        self,
        output_transform: Callable[[Any], Any] = entry(CommonKeys.PRED),
        batch_transform: Callable[[Any], Any] = entry("subject"),
    ) -> None:
        self.output_transform, self.batch_transform = output_transform, batch_transform
        self.subjects: list[str] = []
        self.logger = logging.getLogger(type(self).__module__)

    def attach(self, engine: Engine) -> None:
        """Attach to an evaluator whose batches hold ``subject``."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.COMPLETED, self.finish)

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        self.subjects = []

    @abstractmethod
    def gather(self, engine: Engine) -> None:
        """Keep a batch's subjects and predictions."""

    @abstractmethod
    def finish(self) -> None:
        """Write what was gathered."""
