"""The linear model of a predictor: what is planted, as scikit-learn fits it, on training scans alone."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from brainaging.pipeline.handlers import LinearFit
from brainaging.pipeline.runtime import UserError

START = SimpleNamespace(state=SimpleNamespace(epoch=0))


def test_the_linear_model_finds_what_is_planted(labelled_scans, predictor) -> None:
    network, fresh = predictor(), labelled_scans(100, 2)
    LinearFit(network, labelled_scans(60, 0), labelled_scans(30, 1)).start(START)
    output = network.linear(torch.stack([item["image"] for item in fresh])).argmax(1)
    truth = torch.tensor([item["label"] for item in fresh])
    assert (output == truth).float().mean() > 0.9


def test_numbers_are_fitted_as_ridge_does_in_voxels(labelled_scans, predictor) -> None:
    random = np.random.default_rng(3)
    items = [{**item, "label": float(40 + 10 * random.standard_normal())} for item in labelled_scans(20, 0)]
    network = predictor(1)
    LinearFit(network, items, items, flip=False).start(START)
    x = np.stack([item["image"].numpy().ravel() for item in items]).astype(float)
    y = np.array([item["label"] for item in items])
    unit = np.square(x - x.mean(0)).sum(1).mean()
    output = network.linear(torch.from_numpy(x.reshape(20, 1, 12, 12, 12)).float())[:, 0].detach().numpy()
    best = Ridge(alpha=unit / 1000.0).fit(x, (y - y.mean()) / y.std())
    np.testing.assert_allclose(output, best.predict(x), atol=1e-3)
    assert float(network.centre) == pytest.approx(y.mean(), rel=1e-6)
    assert float(network.spread) == pytest.approx(y.std(), rel=1e-6)


def test_a_class_without_training_scans_gets_no_share(labelled_scans, predictor) -> None:
    network = predictor(3)
    LinearFit(network, labelled_scans(20, 0), labelled_scans(6, 1)).start(START)
    shares = network.linear(torch.stack([item["image"] for item in labelled_scans(10, 2)])).softmax(1)
    assert shares[:, 2].max() < 0.01


def test_training_scans_of_one_class_are_refused(labelled_scans, predictor) -> None:
    items = [{**item, "label": 1} for item in labelled_scans(6, 0)]
    with pytest.raises(UserError, match="6 training scans have one label, 1"):
        LinearFit(predictor(), items, items).start(START)


def test_a_resumed_run_keeps_its_linear_model(labelled_scans, predictor) -> None:
    network = predictor()
    LinearFit(network, labelled_scans(20, 0), labelled_scans(6, 1)).start(
        SimpleNamespace(state=SimpleNamespace(epoch=3))
    )
    assert not network.weight.any()
