"""Predicted labels as a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from ignite.engine import Engine
from torch import Tensor

from brainaging.pipeline.engines import stacked
from brainaging.pipeline.handlers.run_writer import RunWriter
from brainaging.pipeline.runtime import atomic_output


class WritePredictions(RunWriter):
    """Write ``predictions.csv``: subject, session, grid; probabilities by class and the likeliest, or a number.

    Args:
        folder: where the table goes.
        classes: the classes' names; none for a number.
        target: name of what is predicted, the column of the likeliest class or of the number.
        grid: fingerprint of the network's grid.
        options: of :class:`RunWriter`; predictions are logits or numbers ``(B, K)``, or a list of ``(K,)``.
    """

    def __init__(self, folder: str, classes: Sequence[str], target: str, grid: str, **options: Any) -> None:
        super().__init__(**options)
        self.path = Path(folder) / "predictions.csv"
        self.classes, self.target, self.grid = list(classes), target, grid
        self.outputs: list[Tensor] = []

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        super().start()
        self.outputs = []

    def gather(self, engine: Engine) -> None:
        """Keep a batch's predictions."""
        self.name_rows(engine.state.batch)
        self.outputs.append(stacked(self.output_transform(engine.state.output)).float().cpu())

    def finish(self) -> None:
        """Write the table."""
        outputs = torch.cat(self.outputs)
        table = pd.DataFrame({"subject": self.subjects, "session": self.sessions, "grid": self.grid})
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
