"""Early stopping stops, and a resumed run goes on counting."""

import logging
from types import SimpleNamespace

from brainaging.pipeline.engines import read_checkpoint
from brainaging.pipeline.handlers import LAST, EarlyStop


def _epochs(parts) -> int:
    parts.trainer.run()
    return parts.trainer.state.epoch


def test_it_stops_when_patience_is_at_its_end(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=9, patience=3)
    parts.stop.score_function = lambda engine: 0.0
    parts.stop.set_trainer(parts.trainer)
    assert _epochs(parts) == 4  # the first validation sets the score, three more do not improve it


def test_it_does_not_stop_while_the_metric_improves(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=5, patience=1)
    parts.stop.score_function = lambda engine: float(engine.state.epoch)
    parts.stop.set_trainer(parts.trainer)
    assert _epochs(parts) == 5


def _flat(build, folder, **options):
    parts = build(folder, **options)
    parts.stop.score_function = lambda engine: 0.0
    parts.stop.set_trainer(parts.trainer)
    return parts


def test_the_count_survives_a_kill(build, killed_after, tmp_path) -> None:
    killed_after(_flat(build, tmp_path, epochs=9, patience=3), 2)
    assert read_checkpoint(tmp_path / LAST)["early_stop"]["counter"] == 1
    assert _epochs(_flat(build, tmp_path, epochs=9, patience=3)) == 4


def test_a_run_that_had_stopped_stays_so_until_patience_is_raised(build, tmp_path, caplog) -> None:
    _epochs(_flat(build, tmp_path, epochs=9, patience=2))
    with caplog.at_level(logging.INFO, logger="brainaging"):
        assert _epochs(_flat(build, tmp_path, epochs=9, patience=2)) == 3
    assert "stopped early; raise patience" in caplog.text
    assert _epochs(_flat(build, tmp_path, epochs=9, patience=5)) == 6


def test_errors_count_downwards_and_scores_upwards() -> None:
    engine = SimpleNamespace(state=SimpleNamespace(metrics={"m": 2.0}))
    assert EarlyStop(1, "m").score_function(engine) == -2.0
    assert EarlyStop(1, "m", larger_is_better=True).score_function(engine) == 2.0
