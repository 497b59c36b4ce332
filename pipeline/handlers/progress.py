"""How far a training is: epochs done and left."""

from contextlib import ExitStack

from ignite.engine import Engine, Events
from ignite.handlers.timing import Timer

from brainaging.pipeline.runtime import counting

#: share of an epoch's time from which waiting for data is worth a word
TOLD = 0.01


class EpochProgress:
    """Show epochs done and time left: a bar on a terminal, lines in the log.

    Beside the key metric stands the share of the epoch's steps that was spent waiting for data
    (:attr:`waiting`), where it is 1 % or more.

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
        self.getting, self.stepping = Timer(), Timer()

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``, after its checkpoints: a resumed bar starts where they left."""
        for timer, begin, end in (
            (self.getting, Events.GET_BATCH_STARTED, Events.GET_BATCH_COMPLETED),
            (self.stepping, Events.ITERATION_STARTED, Events.ITERATION_COMPLETED),
        ):
            timer.attach(engine, start=Events.EPOCH_STARTED, resume=begin, pause=end)
            engine.add_event_handler(Events.EPOCH_STARTED, timer.pause)  # a start runs at once
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
        notes = [] if value is None else [f"{self.key_metric} {value:.3e}"]
        if self.waiting >= TOLD:
            notes.append(f"{self.waiting:.0%} of the time waiting for data")
        self.move(note=", ".join(notes))

    @property
    def waiting(self) -> float:
        """Of the time of this epoch's steps, from asking for a batch to the end of its step, the share of asking.

        Validation, pictures and checkpoints do not count.
        """
        getting, stepping = self.getting.value(), self.stepping.value()
        return getting / (getting + stepping) if getting + stepping else 0.0

    def stop(self) -> None:
        """End the count."""
        self.opened.close()

    def fail(self, error: BaseException) -> None:
        """End the count and let the error pass: Ignite keeps an error to whom handles it."""
        self.opened.__exit__(type(error), error, error.__traceback__)
        raise error
