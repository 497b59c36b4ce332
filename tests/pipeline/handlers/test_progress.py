"""The count of epochs follows a run, and ends with it."""

import logging

import pytest

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
