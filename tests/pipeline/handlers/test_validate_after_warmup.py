"""Validation waits for the end of the warm-up, and keeps its interval from there."""

import pytest
from ignite.engine import Engine
from monai.engines import Evaluator

from brainaging.pipeline.handlers import ValidateAfterWarmup


@pytest.mark.parametrize(
    ("warmup", "interval", "epochs"), [(0, 1, [1, 2, 3, 4, 5]), (2, 1, [3, 4, 5]), (2, 2, [4]), (9, 1, [])]
)
def test_epochs_that_are_validated(warmup: int, interval: int, epochs: list[int]) -> None:
    validated = []

    class Recorder(Evaluator):
        def __init__(self) -> None:
            pass

        def run(self, global_epoch: int = 1) -> None:
            validated.append(global_epoch)

    trainer = Engine(lambda engine, batch: None)
    ValidateAfterWarmup(Recorder(), warmup, interval).attach(trainer)
    trainer.run([0], max_epochs=5)
    assert validated == epochs
