"""What every writer of an inference run does: gather its batches, and write them at its end."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ignite.engine import Engine, Events
from monai.utils import CommonKeys

from brainaging.pipeline.engines import entry


class RunWriter(ABC):
    """Gather an inference run's subjects and predictions, and write them once it has seen everybody.

    Args:
        output_transform: from the engine's output to predictions: a batch's, or a list of them.
        batch_transform: from the engine's batch to the subjects' identifiers.
        session_transform: from the engine's batch to their sessions; by default the entry ``session``, or "" where
            batches have none.
    """

    def __init__(
        self,
        output_transform: Callable[[Any], Any] = entry(CommonKeys.PRED),
        batch_transform: Callable[[Any], Any] = entry("subject"),
        session_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.output_transform, self.batch_transform = output_transform, batch_transform
        self.session_transform = session_transform
        self.subjects: list[str] = []
        self.sessions: list[str] = []
        self.logger = logging.getLogger(type(self).__module__)

    def attach(self, engine: Engine) -> None:
        """Attach to an evaluator whose batches hold ``subject``."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.COMPLETED, self.finish)

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        self.subjects, self.sessions = [], []

    def name_rows(self, batch: Any) -> None:
        """Keep whose scans a batch holds, and of which session."""
        subjects = list(self.batch_transform(batch))
        self.subjects += subjects
        if self.session_transform is not None:
            self.sessions += self.session_transform(batch)
        else:
            self.sessions += _sessions(batch, len(subjects))

    @property
    def scans(self) -> list[tuple[str, str]]:
        """Subject and session of each row gathered."""
        return list(zip(self.subjects, self.sessions, strict=True))

    @abstractmethod
    def gather(self, engine: Engine) -> None:
        """Keep a batch's subjects and predictions."""

    @abstractmethod
    def finish(self) -> None:
        """Write what was gathered."""


def _sessions(batch: Any, count: int) -> list[str]:
    """Return the entry ``session`` of a batch, or of its items; "" where there is none."""
    if isinstance(batch, Mapping):
        return list(batch.get("session", [""] * count))
    if isinstance(batch, Sequence) and all(isinstance(item, Mapping) for item in batch):
        return [str(item.get("session", "")) for item in batch]
    return [""] * count
