"""Weights are there before the engine's first step, under a wrapper too; a fault is one line."""

import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.handlers import LoadWeights
from brainaging.pipeline.runtime import UserError


@pytest.mark.parametrize("wrap", [lambda network: network, torch.nn.DataParallel], ids=["alone", "wrapped"])
def test_weights_are_loaded_before_the_first_step(wrap, tmp_path) -> None:
    trained, network, seen = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1), []
    torch.save({"model": trained.state_dict()}, tmp_path / "best.pt")
    engine = Engine(lambda engine, batch: seen.append(network.weight.clone()))
    LoadWeights(str(tmp_path / "best.pt"), wrap(network)).attach(engine)
    engine.run([0])
    assert torch.equal(seen[0], trained.weight)


def test_a_missing_checkpoint_stops_the_run(tmp_path) -> None:
    engine = Engine(lambda engine, batch: None)
    LoadWeights(str(tmp_path / "gone.pt"), torch.nn.Linear(1, 1)).attach(engine)
    with pytest.raises(UserError, match=r"gone\.pt: no such checkpoint"):
        engine.run([0])
