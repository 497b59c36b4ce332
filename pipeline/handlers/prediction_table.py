"""Predicted labels as a table."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from ignite.engine import Engine, Events
from monai.utils import CommonKeys
from torch import Tensor

from brainaging.pipeline.engines import entry, stacked
from brainaging.pipeline.runtime import atomic_output


class WritePredictions:
    """Write ``predictions.csv``: subject, grid and, by class, probabilities and the likeliest; or one number.

    Args:
        folder: where the table goes.
        classes: the classes' names; none for a number.
        target: name of what is predicted, the column of the likeliest class or of the number.
        grid: fingerprint of the network's grid.
        output_transform: from the engine's output to logits or numbers ``(B, K)``, or to a list of ``(K,)``.
        batch_transform: from the engine's batch to the subjects' identifiers.
    """

    def __init__(
        self,
        folder: str,
        classes: Sequence[str],
        target: str,
        grid: str,
        output_transform: Callable[[Any], Any] = entry(CommonKeys.PRED),
        batch_transform: Callable[[Any], Any] = entry("subject"),
    ) -> None:
        self.path = Path(folder) / "predictions.csv"
        self.classes, self.target, self.grid = list(classes), target, grid
        self.output_transform, self.batch_transform = output_transform, batch_transform
        self.subjects: list[str] = []
        self.outputs: list[Tensor] = []
        self.logger = logging.getLogger(__name__)

    def attach(self, engine: Engine) -> None:
        """Attach to an evaluator whose batches hold ``subject``."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.COMPLETED, self.finish)

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        self.subjects, self.outputs = [], []

    def gather(self, engine: Engine) -> None:
        """Keep a batch's predictions."""
        self.subjects += self.batch_transform(engine.state.batch)
        self.outputs.append(stacked(self.output_transform(engine.state.output)).float().cpu())

    def finish(self) -> None:
        """Write the table."""
        outputs = torch.cat(self.outputs)
        table = pd.DataFrame({"subject": self.subjects, "grid": self.grid})
        if self.classes:
            table[self.target] = [self.classes[number] for number in outputs.argmax(1).tolist()]
            probabilities = outputs.softmax(1).numpy()
            for number, name in enumerate(self.classes):
                table[f"p_{name}"] = probabilities[:, number]
        else:
            table[self.target] = outputs[:, 0].numpy()
        with atomic_output(self.path) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
        self.logger.info("%d predictions in %s", len(table), self.path)
