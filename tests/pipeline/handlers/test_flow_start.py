"""The conditional generator's start is that of its training scans, and the average has the same."""

import copy

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from brainaging.networks import T1wConditionalGenerator
from brainaging.pipeline.handlers import FlowStart
from brainaging.pipeline.runtime import UserError

DESIGN = "age + sex + head_size"


@pytest.fixture
def items() -> list[dict[str, torch.Tensor]]:
    """Thirty scans of noise, and covariates."""
    random = torch.Generator().manual_seed(0)
    scans = torch.rand(30, 1, 12, 12, 12, generator=random)
    age, sex = 20 + 50 * torch.rand(30, generator=random), torch.arange(30) % 2
    covariates = torch.stack([age, sex.float(), 1400 + 100 * torch.rand(30, generator=random)], 1)
    return [{"image": scan, "covariates": values} for scan, values in zip(scans, covariates, strict=True)]


def _network() -> T1wConditionalGenerator:
    return T1wConditionalGenerator(np.ones((12, 12, 12), dtype=bool), latent_size=11, detail=4, hidden=4)


def test_network_and_average_start_from_the_training_scans(items) -> None:
    network, average, alone = _network(), _network(), _network()
    trainer = Engine(lambda engine, batch: batch)
    FlowStart(network, items, average, DESIGN).attach(trainer)
    trainer.run([0], max_epochs=1)
    scans, values = (torch.stack([item[name] for item in items]) for name in ("image", "covariates"))
    alone.start_from(scans, values)
    for name in ("flow.path.slopes", "flow.columns.knots", "decoder.mean", "decoder.texture"):
        assert torch.equal(network.state_dict()[name], alone.state_dict()[name])
    for name, value in network.state_dict().items():
        assert torch.equal(average.state_dict()[name], value) if isinstance(value, torch.Tensor) else True


def test_a_resumed_run_keeps_what_it_had(items) -> None:
    network = _network()
    before = copy.deepcopy(network.state_dict())
    trainer = Engine(lambda engine, batch: batch)
    start = FlowStart(network, items, _network(), DESIGN)
    trainer.state.epoch = 1
    start.start(trainer)
    assert torch.equal(network.state_dict()["flow.path.slopes"], before["flow.path.slopes"])


def test_a_covariate_in_which_nobody_differs_is_named(items) -> None:
    for item in items:
        item["covariates"][1] = 1.0
    start = FlowStart(_network(), items, _network(), DESIGN)
    with pytest.raises(UserError, match="sex: expected training people who differ in it, found none"):
        start.start(Engine(lambda engine, batch: batch))
