"""Learning curves as a table that is whole after every epoch."""

import csv
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ignite.distributed as idist
from ignite.engine import Engine, Events

from brainaging.pipeline.engines import loss_of, number
from brainaging.pipeline.runtime import write_text

COLUMNS = ("experiment", "fold", "epoch", "metric", "value")


class CurveWriter:
    """Write each epoch's training loss and validation metrics to a CSV (columns: :data:`COLUMNS`) and the log.

    An epoch without validation has no row for its metrics. Rows of other experiments and folds in the same file
    stay, as do those of epochs before the one that a resumed run starts with: attached before the checkpoints,
    it loses no row, since an epoch that was written but not kept is trained, and written, again. Only the first
    of several processes writes.

    Args:
        path: the CSV.
        evaluator: the engine whose metrics are written; None for a run without validation.
        experiment: what the rows are called in a report.
        fold: number of the fold, for runs that train one network a fold.
        output_transform: from the trainer's output to its loss, a number or a tensor of one; the entry ``loss`` of
            a trainer of MONAI's, decollated or not, or the output itself.

    >>> import tempfile
    >>> trainer = Engine(lambda engine, batch: {"loss": batch})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     CurveWriter(f"{folder}/curves.csv", None, "mine").attach(trainer)
    ...     _ = trainer.run([2.0, 4.0], max_epochs=2)
    ...     print(Path(folder, "curves.csv").read_text())
    experiment,fold,epoch,metric,value
    mine,0,1,train_loss,3
    mine,0,2,train_loss,3
    <BLANKLINE>
    """

    def __init__(
        self,
        path: str,
        evaluator: Engine | None,
        experiment: str,
        fold: int = 0,
        output_transform: Callable[[Any], Any] = loss_of,
    ) -> None:
        self.path = Path(path)
        self.evaluator = evaluator
        self.experiment = experiment
        self.fold = fold
        self.output_transform = output_transform
        self.rows: list[dict[str, str]] | None = None
        self.losses: list[float] = []
        self.logger = logging.getLogger(__name__)

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``, after its ``ValidationHandler`` and before its ``Checkpoints``."""
        if idist.get_rank() > 0:
            return
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.write)

    def start(self) -> None:
        """Forget an earlier run of the same engine."""
        self.rows, self.losses = None, []

    def gather(self, engine: Engine) -> None:
        """Remember an iteration's loss."""
        self.losses.append(number(self.output_transform(engine.state.output)))

    def write(self, engine: Engine) -> None:
        """Write the table with this epoch's rows."""
        epoch = engine.state.epoch
        if self.rows is None:
            self.rows = self.before(epoch)
        values = {"train_loss": sum(self.losses) / max(len(self.losses), 1)}
        # The evaluator keeps an earlier epoch's metrics until it runs again.
        if self.evaluator is not None and self.evaluator.state.epoch == epoch:
            metrics = self.evaluator.state.metrics
            values |= {k: float(v) for k, v in metrics.items() if isinstance(v, int | float)}
        self.losses = []
        for metric, value in values.items():
            cells = (self.experiment, self.fold, epoch, metric, f"{value:.8g}")
            self.rows.append(dict(zip(COLUMNS, map(str, cells), strict=True)))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(self.path, buffer.getvalue())
        line = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        self.logger.info("%s: epoch %d of %s: %s", self.experiment, epoch, engine.state.max_epochs, line)

    def before(self, epoch: int) -> list[dict[str, str]]:
        """Return the rows that stay when a run starts with ``epoch``."""
        if not self.path.is_file():
            return []
        with self.path.open(newline="", encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
        own = (self.experiment, str(self.fold))
        return [row for row in rows if (row["experiment"], row["fold"]) != own or int(row["epoch"]) < epoch]
