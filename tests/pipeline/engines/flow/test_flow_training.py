"""The flow's trainer moves the flow alone; its evaluator repeats its draws; the closed form stands beside."""

import copy

import pytest
import torch
from ignite.engine import Events
from monai.networks.schedulers import RFlowScheduler

from brainaging.pipeline.engines.flow import (
    FlowEvaluator,
    FlowObjective,
    FlowTrainer,
    velocity_errors,
    with_dropped,
)

SCHEDULER = RFlowScheduler(use_discrete_timesteps=False)


def _loader(sized) -> list[dict[str, torch.Tensor]]:
    parts = zip(sized.scans[:8].split(4), sized.covariates[:8].split(4), torch.arange(8).split(4), strict=True)
    return [{"image": image, "covariates": values, "number": number} for image, values, number in parts]


def _train(network, sized, **objective) -> tuple[torch.nn.Module, list[dict[str, torch.Tensor]], FlowTrainer]:
    average = copy.deepcopy(network).requires_grad_(False)
    optimizer = torch.optim.Adam(network.flow.parameters(), lr=0.01)
    loop = {"device": "cpu", "max_epochs": 2, "train_data_loader": _loader(sized)}
    loop["dataset"] = [{"image": scan} for scan in sized.scans[:8]]
    trainer = FlowTrainer(
        network, network.flow, average, optimizer, SCHEDULER, FlowObjective(draws=2, **objective), **loop
    )
    outputs: list[dict[str, torch.Tensor]] = []
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda engine: outputs.append(engine.state.output))
    trainer.run()
    return average, outputs, trainer


def test_training_moves_the_perceptron_and_nothing_that_was_fitted(conditional, sized) -> None:
    before = {name: value.clone() for name, value in conditional.state_dict().items() if hasattr(value, "clone")}
    average, outputs, trainer = _train(conditional, sized)
    moved = {name for name, value in before.items() if not torch.equal(value, conditional.state_dict()[name])}
    assert moved
    assert all(name.startswith("flow.learned.") for name in moved)
    assert float(outputs[0]["loss"]) == pytest.approx(float(outputs[0]["start"]))
    torch.testing.assert_close(trainer.latents[0], conditional.encode(sized.scans[:8]))
    torch.testing.assert_close(trainer.latents[1], conditional.encode(sized.scans[:8].flip(2)))
    # the average is on its way to the weights, and has not arrived
    weight = "flow.learned.output.weight"
    ends = (before[weight], conditional.state_dict()[weight])
    assert 0 < (average.state_dict()[weight] - ends[0]).norm() < (ends[1] - ends[0]).norm()


def test_the_loss_is_of_the_scheduler_s_paths(conditional, sized) -> None:
    """By hand: MONAI's times and mixing, and the velocity from noise to latent."""
    z = conditional.encode(sized.scans[:6])
    torch.manual_seed(3)
    errors = velocity_errors(conditional.flow, SCHEDULER, z, sized.covariates[:6])
    torch.manual_seed(3)
    t, noise = 1000 * torch.rand(6), torch.randn(6, 11)
    s = 1 - t / 1000
    x = s[:, None] * z + (1 - s[:, None]) * noise
    wanted = (conditional.flow(x, sized.covariates[:6], s) - (z - noise)).square().mean()
    torch.testing.assert_close(errors["loss"], wanted)
    torch.testing.assert_close(errors["start"], wanted)


def test_every_evaluation_is_on_the_same_draws_and_leaves_the_training_s_alone(conditional, sized) -> None:
    evaluator, losses = FlowEvaluator("cpu", _loader(sized), conditional, SCHEDULER, draws=2, seed=3), []
    evaluator.add_event_handler(
        Events.ITERATION_COMPLETED, lambda engine: losses.append(float(engine.state.output["loss"]))
    )
    state = torch.get_rng_state()
    for epoch in (1, 2):
        evaluator.run(global_epoch=epoch)
    assert losses[:2] == losses[2:]
    assert losses[0] != losses[1]
    assert torch.equal(torch.get_rng_state(), state)


def test_covariates_are_dropped_singly_and_together() -> None:
    torch.manual_seed(0)
    dropped = with_dropped(torch.ones(20000, 3), 0.1).isnan()
    assert float(dropped.float().mean()) == pytest.approx(0.19, abs=0.01)
    assert float(dropped.all(1).float().mean()) == pytest.approx(0.1 + 0.9 * 0.001, abs=0.01)
    assert not with_dropped(torch.ones(50, 3), 0.0).isnan().any()
