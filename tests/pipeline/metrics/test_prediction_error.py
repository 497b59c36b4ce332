"""Errors of classes and of numbers, of batches and of decollated items."""

import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.metrics import PredictionError


def test_errors_of_classes_and_of_numbers() -> None:
    metric = PredictionError()
    metric.update((torch.tensor([[2.0, 1.0], [0.0, 1.0]]), torch.tensor([1, 1])))
    metric.update((torch.tensor([[2.0, 1.0]]), torch.tensor([0])))
    assert metric.compute() == pytest.approx(1 / 3)
    metric.reset()
    metric.update((torch.tensor([[30.0], [41.0]]), torch.tensor([[32.0], [40.0]])))
    assert metric.compute() == pytest.approx(1.5)


def test_decollated_items_count_as_their_batch() -> None:
    outputs, classes = torch.tensor([[2.0, 1.0], [0.0, 1.0], [2.0, 1.0]]), torch.tensor([1, 1, 0])
    for output in ((outputs, classes), (list(outputs), list(classes))):
        engine = Engine(lambda engine, batch, output=output: output)
        PredictionError().attach(engine, "error")
        assert engine.run([0], max_epochs=1).metrics["error"] == pytest.approx(1 / 3)
