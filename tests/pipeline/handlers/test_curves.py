"""Learning curves: what was measured, once."""

import csv
from pathlib import Path

import numpy as np
import pytest
from ignite.engine import Engine, Events

from brainaging.pipeline.handlers import CurveWriter
from brainaging.pipeline.handlers.curves import COLUMNS


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def test_rows_are_the_losses_and_metrics_of_the_run(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=3)
    losses, metrics = [], []
    parts.trainer.add_event_handler(
        Events.ITERATION_COMPLETED, lambda engine: losses.append(engine.state.output["loss"].item())
    )
    parts.evaluator.add_event_handler(Events.COMPLETED, lambda e: metrics.append(e.state.metrics["val_mse"]))
    parts.trainer.run()
    rows = _rows(tmp_path / "curves.csv")
    assert tuple(rows[0]) == COLUMNS
    assert [row["epoch"] for row in rows] == ["1", "1", "2", "2", "3", "3"]
    losses_written = [float(row["value"]) for row in rows if row["metric"] == "train_loss"]
    assert losses_written == pytest.approx(np.reshape(losses, (3, -1)).mean(1).tolist(), rel=1e-6)
    assert [float(r["value"]) for r in rows if r["metric"] == "val_mse"] == pytest.approx(metrics, rel=1e-6)


def test_an_epoch_without_validation_has_no_row_for_it(build, tmp_path) -> None:
    build(tmp_path, epochs=5, val_interval=2).trainer.run()
    assert [r["epoch"] for r in _rows(tmp_path / "curves.csv") if r["metric"] == "val_mse"] == ["2", "4"]


def test_folds_share_a_table(build, tmp_path) -> None:
    build(tmp_path, epochs=2, fold=0).trainer.run()
    first = _rows(tmp_path / "curves.csv")
    build(tmp_path, epochs=2, fold=1, resume=False).trainer.run()
    both = _rows(tmp_path / "curves.csv")
    assert both[: len(first)] == first
    assert [row["fold"] for row in both] == ["0"] * 4 + ["1"] * 4


def test_starting_anew_replaces_the_rows(build, tmp_path) -> None:
    build(tmp_path, epochs=3).trainer.run()
    build(tmp_path, epochs=1, resume=False).trainer.run()
    assert len(_rows(tmp_path / "curves.csv")) == 2


@pytest.mark.parametrize(
    "output", [{"loss": 0.5}, [{"loss": 0.5}, {"loss": 0.5}], 0.5], ids=["batch", "items", "bare"]
)
def test_any_engines_loss_is_written(output, tmp_path) -> None:
    engine, evaluator = Engine(lambda engine, batch: output), Engine(lambda engine, batch: None)
    options = {"output_transform": lambda loss: loss} if isinstance(output, float) else {}
    CurveWriter(str(tmp_path / "curves.csv"), evaluator, "toy", **options).attach(engine)
    engine.run([0, 1], max_epochs=2)
    assert [(row["epoch"], row["value"]) for row in _rows(tmp_path / "curves.csv")] == [("1", "0.5"), ("2", "0.5")]
