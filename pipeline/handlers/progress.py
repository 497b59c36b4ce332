"""How far a training is: epochs done and left."""

from contextlib import ExitStack

from ignite.engine import Engine, Events

from brainaging.pipeline.runtime import counting


class EpochProgress:
    """Show epochs done and time left: a bar on a terminal, lines in the log.

    Args:
        label: what is being trained.
        evaluator: the engine whose key metric stands behind the bar; None for a run without validation.
        key_metric: its name.
    """

    def __init__(self, label: str, evaluator: Engine | None = None, key_metric: str = "") -> None:
        self.label = label
        self.evaluator = evaluator
        self.key_metric = key_metric
        self.opened = ExitStack()

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``, after its checkpoints: a resumed bar starts where they left."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.tell)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.advance)
        engine.add_event_handler(Events.COMPLETED, self.stop)
        engine.add_event_handler(Events.TERMINATE, self.stop)
        engine.add_event_handler(Events.EXCEPTION_RAISED, self.fail)

    def start(self, engine: Engine) -> None:
        """Begin to count."""
        total, done = int(engine.state.max_epochs or 0), engine.state.epoch
        self.move = self.opened.enter_context(counting(f"training {self.label}, epochs", total, done=done))

    def tell(self, engine: Engine) -> None:
        """Say in which batch of a long epoch the engine is."""
        done = engine.state.iteration - (engine.state.epoch - 1) * (engine.state.epoch_length or 0)
        self.move(0, note=f"batch {done} of {engine.state.epoch_length}")

    def advance(self) -> None:
        """Count an epoch."""
        value = None if self.evaluator is None else self.evaluator.state.metrics.get(self.key_metric)
        self.move(note="" if value is None else f"{self.key_metric} {value:.3e}")

    def stop(self) -> None:
        """End the count."""
        self.opened.close()

    def fail(self, error: BaseException) -> None:
        """End the count and let the error pass: Ignite keeps an error to whom handles it."""
        self.opened.__exit__(type(error), error, error.__traceback__)
        raise error
