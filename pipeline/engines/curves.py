"""Learning curves as a table that is whole after every epoch."""

import csv
import io
from pathlib import Path

from ignite.engine import Engine, Events

from brainaging.pipeline.runtime import write_text

COLUMNS = ("experiment", "fold", "epoch", "metric", "value")


class CurveWriter:
    """Append each epoch's training loss and validation metrics to a CSV (columns: :data:`COLUMNS`).

    A resumed run keeps the rows of the epochs that it does not repeat.

    Args:
        path: the CSV.
        evaluator: the engine whose metrics are written.
        experiment: what the rows are called in a report.
        fold: number of the fold, for runs that train one network a fold.
    """

    def __init__(self, path: str, evaluator: Engine, experiment: str, fold: int = 0) -> None:
        self.path = Path(path)
        self.evaluator = evaluator
        self.experiment = experiment
        self.fold = fold
        self.rows: list[dict[str, str]] = []
        self.losses: list[float] = []

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``, after its ``ValidationHandler``."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.write)

    def start(self, engine: Engine) -> None:
        """Read the rows of the epochs before the one that ``engine`` starts with."""
        self.rows, self.losses = [], []
        if engine.state.epoch > 0 and self.path.is_file():
            with self.path.open(newline="", encoding="utf-8") as handle:
                self.rows = [row for row in csv.DictReader(handle) if int(row["epoch"]) <= engine.state.epoch]

    def gather(self, engine: Engine) -> None:
        """Remember an iteration's loss."""
        self.losses.append(engine.state.output["loss"].item())

    def write(self, engine: Engine) -> None:
        """Write the table with this epoch's rows."""
        values = {"train_loss": sum(self.losses) / max(len(self.losses), 1)}
        values |= {k: float(v) for k, v in self.evaluator.state.metrics.items() if isinstance(v, int | float)}
        self.losses = []
        for metric, value in values.items():
            cells = (self.experiment, self.fold, engine.state.epoch, metric, f"{value:.8g}")
            self.rows.append(dict(zip(COLUMNS, map(str, cells), strict=True)))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(self.path, buffer.getvalue())
