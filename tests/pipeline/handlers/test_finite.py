"""A loss that is no number ends a run with an error, and the last whole epoch stays."""

import pytest
import torch
from ignite.engine import Engine, Events

from brainaging.pipeline.engines import read_checkpoint
from brainaging.pipeline.handlers import LAST, StopWhenNotFinite
from brainaging.pipeline.runtime import UserError


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_it_stops_with_one_line(build, tmp_path, value) -> None:
    parts = build(tmp_path, epochs=3)

    def spoil(engine) -> None:
        if engine.state.epoch == 2:
            with torch.no_grad():
                parts.network.refine.outer.weight.fill_(value)

    parts.trainer.add_event_handler(Events.EPOCH_STARTED, spoil)
    message = r"diverged: refine\.\S+ is no longer finite in epoch 2, iteration 6; lower"
    with pytest.raises(UserError, match=message) as caught:
        parts.trainer.run()
    assert "\n" not in str(caught.value)
    kept = read_checkpoint(tmp_path / LAST)
    assert kept["epoch"] == 1
    assert all(torch.isfinite(v).all() for v in kept["model"].values() if isinstance(v, torch.Tensor))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_stops_at_once(build, tmp_path, value) -> None:
    parts = build(tmp_path, epochs=3)
    parts.trainer.loss_function = lambda pred, target: (pred - target).square().mean() * value
    with pytest.raises(UserError, match=rf"diverged: the loss is {value} in epoch 1, iteration 1; lower"):
        parts.trainer.run()
    assert not (tmp_path / LAST).exists()


def test_a_lower_rate_goes_on_from_there(build, tmp_path) -> None:
    with pytest.raises(UserError, match="diverged"):
        build(tmp_path, epochs=3, learning_rate=float("inf")).trainer.run()
    build(tmp_path, epochs=3, learning_rate=0.01).trainer.run()
    assert read_checkpoint(tmp_path / LAST)["epoch"] == 3


@pytest.mark.parametrize("output", [{"loss": float("nan")}, [{"loss": float("nan")}]], ids=["batch", "items"])
def test_any_engines_loss_is_looked_at(output) -> None:
    engine = Engine(lambda engine, batch: output)
    StopWhenNotFinite(torch.nn.Linear(1, 1)).attach(engine)
    with pytest.raises(UserError, match="the loss is nan in epoch 1"):
        engine.run([0], max_epochs=1)
