"""Stacking trusts the model that is right, and its weights are the temperature that calibrates."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from brainaging.pipeline.engines import predict_volumes
from brainaging.pipeline.handlers import LinearFit, StackModels

START = SimpleNamespace(state=SimpleNamespace(epoch=0))


def test_stacking_trusts_the_model_that_is_right(labelled_scans, predictor) -> None:
    network, scans = predictor(), labelled_scans(200, 5)
    LinearFit(network, labelled_scans(200, 4), labelled_scans(50, 6)).start(START)
    StackModels(network, scans).fit()
    x = torch.stack([item["image"] for item in scans])
    with torch.no_grad():
        parts = network.mix[0] * network.linear(x), network.mix[1] * network.network(x)
    assert parts[0].std() > 10 * parts[1].std()


def test_stacking_is_the_temperature_that_calibrates(labelled_scans, predictor) -> None:
    network, scans = predictor(), labelled_scans(400, 5, effect=1.0)
    LinearFit(network, labelled_scans(400, 4, effect=1.0), labelled_scans(100, 6, effect=1.0)).start(START)
    network.weight.mul_(20)  # far too sure of itself
    network.bias.mul_(20)
    StackModels(network, scans).fit()
    shares = predict_volumes(network, np.concatenate([item["image"].numpy() for item in scans]))
    truth = np.array([item["label"] for item in scans])
    hits = (shares.argmax(1) == truth).mean()
    assert shares.max(1).mean() == pytest.approx(hits, abs=0.03)


def test_without_a_linear_model_it_takes_no_part(labelled_scans, predictor) -> None:
    network = predictor()
    LinearFit(network, labelled_scans(20, 0), labelled_scans(6, 1), linear=False).start(START)
    StackModels(network, labelled_scans(20, 1), linear=False).fit()
    assert not network.weight.any()
    assert network.mix[0] == 0
