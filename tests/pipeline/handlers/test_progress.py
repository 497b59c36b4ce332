"""The count of epochs follows a run, and ends with it."""

import logging

import pytest
from ignite.engine import Engine, Events
from ignite.handlers import timing

from brainaging.pipeline.handlers import EpochProgress
from brainaging.pipeline.runtime import stages


@pytest.fixture
def said(caplog, monkeypatch):
    """Return what gives the lines so far, of every step."""
    monkeypatch.setattr(stages, "EVERY_S", 0.0)
    caplog.set_level(logging.INFO, stages.log.name)
    return lambda: [record.getMessage() for record in caplog.records if record.name == stages.log.name]


def _counted(parts) -> EpochProgress:
    epochs = EpochProgress("toy", parts.evaluator, "val_mse")
    epochs.attach(parts.trainer)
    return epochs


def test_it_counts_epochs_and_says_the_score_and_the_batch(build, tmp_path, said) -> None:
    parts = build(tmp_path, epochs=2)
    _counted(parts)
    parts.trainer.run()
    lines = said()
    assert lines[0] == "training toy, epochs: 2"
    assert any(line.startswith("training toy, epochs: 0 of 2, batch 1 of ") for line in lines)
    assert any(line.startswith("training toy, epochs: 1 of 2, val_mse ") for line in lines)
    assert any(line.startswith("training toy, epochs: 2 of 2, val_mse ") for line in lines)
    assert lines[-1].startswith("training toy, epochs: done in")


def test_a_resumed_count_starts_where_the_run_left(build, tmp_path, said) -> None:
    build(tmp_path, epochs=2).trainer.run()
    parts = build(tmp_path, epochs=3)
    _counted(parts)
    parts.trainer.run()
    assert "training toy, epochs: 2 of 3 done" in said()


def test_an_error_ends_the_count_and_passes(build, tmp_path, said) -> None:
    parts = build(tmp_path, epochs=2)
    epochs = _counted(parts)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("as it happens")

    parts.trainer.loss_function = fail
    with pytest.raises(ZeroDivisionError, match="as it happens"):
        parts.trainer.run()
    assert not any("done in" in line for line in said())
    epochs.stop()  # ended already


@pytest.fixture
def clock(monkeypatch):
    """Return what lets time pass on the timers' clock, which else stands still."""
    now = [0.0]
    monkeypatch.setattr(timing, "perf_counter", lambda: now[0])

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    return pass_by


class _Batches:
    """A loader that takes its time, by the number of the epoch and of the batch."""

    def __init__(self, clock, seconds) -> None:
        self.clock, self.seconds, self.epoch = clock, seconds, -1

    def __len__(self) -> int:
        return len(self.seconds[0])

    def __iter__(self):
        self.epoch += 1
        for seconds in self.seconds[self.epoch]:
            self.clock(seconds)
            yield seconds


def test_the_share_of_waiting_is_of_an_epochs_own_steps(clock, said) -> None:
    trainer = Engine(lambda engine, batch: clock(9.0))
    trainer.add_event_handler(Events.EPOCH_STARTED, lambda: clock(1000.0))
    shares = []
    epochs = EpochProgress("toy")
    epochs.attach(trainer)
    # what others do between the epochs, and behind a step, is none of it
    trainer.add_event_handler(Events.EPOCH_STARTED, lambda: clock(1000.0))
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda: clock(100.0))
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: clock(1000.0))
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: shares.append(epochs.waiting))
    trainer.run(_Batches(clock, [(6.0, 3.0), (1.0, 1.0), (0.0, 0.01)]), max_epochs=3)
    assert shares == pytest.approx([9 / 27, 2 / 20, 0.01 / 18.01])
    lines = [line for line in said() if "waiting" in line]
    assert lines[0].endswith("33% of the time waiting for data")
    assert "10% of the time waiting for data" in lines[1] and len(lines) == 2


def test_before_the_first_step_nothing_was_waited_for(clock) -> None:
    assert EpochProgress("toy").waiting == 0


def test_it_is_told_of_real_steps_too(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=2)
    epochs = _counted(parts)
    parts.trainer.run()
    assert 0 < epochs.waiting < 1
    whole = epochs.getting.value() + epochs.stepping.value()
    assert epochs.getting.value() == pytest.approx(epochs.waiting * whole)
