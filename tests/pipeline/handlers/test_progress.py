"""The progress bar follows a run, and goes with it."""

import pytest
from rich.live import Live

from brainaging.pipeline.handlers import EpochProgress


def _bar(parts) -> EpochProgress:
    bar = EpochProgress("toy", parts.evaluator, "val_mse")
    bar.bar.disable = False  # as on a terminal
    bar.attach(parts.trainer)
    return bar


def test_it_counts_epochs_and_shows_the_score(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=2)
    bar = _bar(parts)
    parts.trainer.run()
    task = bar.bar.tasks[0]
    assert (task.completed, task.total) == (2, 2)
    assert task.fields["score"].startswith("val_mse ")
    assert not bar.bar.live.is_started


def test_a_resumed_bar_starts_where_the_run_left(build, tmp_path) -> None:
    build(tmp_path, epochs=2).trainer.run()
    parts = build(tmp_path, epochs=3)
    bar = _bar(parts)
    parts.trainer.run()
    assert bar.bar.tasks[0].completed == 3


def test_an_error_closes_the_bar_and_passes(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=2)
    bar = _bar(parts)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("as it happens")

    parts.trainer.loss_function = fail
    with pytest.raises(ZeroDivisionError, match="as it happens"):
        parts.trainer.run()
    assert isinstance(bar.bar.live, Live)
    assert not bar.bar.live.is_started
