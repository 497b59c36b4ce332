"""A progress bar with an estimate for engines."""

from ignite.engine import Engine, Events
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class EpochProgress:
    """Show epochs done, time taken and time left on standard error; silent where that is not a terminal.

    Args:
        label: what is being trained.
        evaluator: the engine whose key metric stands behind the bar.
        key_metric: its name.
    """

    def __init__(self, label: str, evaluator: Engine, key_metric: str) -> None:
        console = Console(stderr=True)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[score]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self.label = label
        self.evaluator = evaluator
        self.key_metric = key_metric

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``, after its checkpoints: a resumed bar starts where they left."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.advance)
        engine.add_event_handler(Events.COMPLETED, self.stop)
        engine.add_event_handler(Events.TERMINATE, self.stop)
        engine.add_event_handler(Events.EXCEPTION_RAISED, self.fail)

    def start(self, engine: Engine) -> None:
        """Open the bar."""
        self.task = self.bar.add_task(
            self.label, total=engine.state.max_epochs, completed=engine.state.epoch, score=""
        )
        self.bar.start()

    def advance(self, engine: Engine) -> None:
        """Move the bar to the engine's epoch."""
        value = self.evaluator.state.metrics.get(self.key_metric)
        score = "" if value is None else f"{self.key_metric} {value:.3e}"
        self.bar.update(self.task, completed=engine.state.epoch, score=score)

    def stop(self) -> None:
        """Close the bar."""
        self.bar.stop()

    def fail(self, error: BaseException) -> None:
        """Close the bar and let the error pass: Ignite keeps an error to whom handles it."""
        self.bar.stop()
        raise error
