"""An engine of MONAI's with a network of MONAI's trains in bf16, and every shipped config asks for a precision."""

import json

import pytest
import torch
from monai.engines import SupervisedEvaluator, SupervisedTrainer
from monai.inferers import Inferer
from monai.networks.nets import resnet10

from brainaging.bundles import bundle_names, bundle_path
from brainaging.pipeline.engines.arithmetic import MixedInferer

BATCHES = [{"image": torch.rand(4, 1, 32, 32, 32), "label": torch.tensor([0, 1, 0, 1])}] * 2


def _trained(inferer: Inferer | None) -> SupervisedTrainer:
    torch.manual_seed(0)
    network = resnet10(n_input_channels=1, num_classes=2, widen_factor=0.125)
    trainer = SupervisedTrainer(
        device=torch.device("cpu"),
        max_epochs=1,
        train_data_loader=BATCHES,
        network=network,
        optimizer=torch.optim.Adam(network.parameters(), 1e-3),
        loss_function=torch.nn.CrossEntropyLoss(),
        inferer=inferer,
        decollate=False,
    )
    trainer.run()
    return trainer


def test_a_foreign_engine_trains_in_bf16() -> None:
    plain, exact, rounded = (
        _trained(inferer) for inferer in (None, MixedInferer(precision="fp32"), MixedInferer(precision="bf16"))
    )
    losses = [trainer.state.output["loss"].detach() for trainer in (plain, exact, rounded)]
    assert torch.equal(losses[0], losses[1])
    assert losses[2].dtype == torch.float32
    assert 0 < abs(float(losses[2] - losses[1])) < 0.1
    assert {weight.dtype for weight in rounded.network.parameters()} == {torch.float32}


@pytest.mark.parametrize(("training", "same"), [(True, False), (False, True)])
def test_what_is_measured_is_fp32_unless_asked(monkeypatch, training: bool, same: bool) -> None:
    monkeypatch.setattr(
        "brainaging.pipeline.engines.arithmetic.mixed_precision.computes_bf16", lambda device: True
    )
    network = resnet10(n_input_channels=1, num_classes=2, widen_factor=0.125)
    evaluators = [
        SupervisedEvaluator("cpu", BATCHES, network, inferer=inferer, decollate=False)
        for inferer in (None, MixedInferer(training=training))
    ]
    for evaluator in evaluators:
        evaluator.run()
    outputs = [evaluator.state.output["pred"] for evaluator in evaluators]
    assert torch.equal(*outputs) is same


@pytest.mark.parametrize("name", [name for name in bundle_names() if name != "edit"])
@pytest.mark.parametrize("config", ["train", "inference"])
def test_every_config_asks_for_a_precision(name: str, config: str) -> None:
    values = json.loads((bundle_path(name) / "configs" / f"{config}.json").read_text(encoding="utf-8"))
    assert values["precision"] == "auto"
    engines = [values["train"]["trainer"]] if config == "train" else [values["evaluator"]]
    for engine in engines:
        asked = engine if "precision" in engine else engine["inferer"]
        if isinstance(asked, str):
            asked = values["train"]["inferer"]
        assert asked["precision"] == "@precision"
        assert asked.get("training", True) is (config == "train")
