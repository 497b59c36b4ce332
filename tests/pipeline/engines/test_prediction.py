"""Reading labels from scans: the linear fit, the weighing, the errors and the table."""

import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from ignite.engine import Engine
from sklearn.linear_model import Ridge

from brainaging.networks import T1wPredictor
from brainaging.pipeline.engines import (
    LinearFit,
    MirrorInferer,
    PredictionBatch,
    PredictionError,
    Weigh,
    WritePredictions,
    predict_volumes,
)
from brainaging.pipeline.runtime import UserError

SHAPE = (12, 12, 12)
MASK = torch.ones(SHAPE, dtype=torch.bool)
START = SimpleNamespace(state=SimpleNamespace(epoch=0))


def _scans(n: int, seed: int, effect: float = 3.0) -> list[dict[str, object]]:
    """Return scans of noise whose first half is brighter in one corner for class 1."""
    random = np.random.default_rng(seed)
    items = []
    for number in range(n):
        image = random.standard_normal((1, *SHAPE)).astype(np.float32)
        image[:, :, :6, :6] += effect * 0.1 * (number % 2)
        items.append({"image": torch.from_numpy(image), "label": number % 2})
    return items


def _predictor(outputs: int = 2) -> T1wPredictor:
    torch.manual_seed(0)
    return T1wPredictor(MASK, outputs=outputs, width=2).eval()


def test_the_linear_model_finds_what_is_planted() -> None:
    network, fresh = _predictor(), _scans(100, 2)
    LinearFit(network, _scans(60, 0), _scans(30, 1)).start(START)
    said = network.linear(torch.stack([item["image"] for item in fresh])).argmax(1)
    truth = torch.tensor([item["label"] for item in fresh])
    assert (said == truth).float().mean() > 0.9


def test_numbers_are_fitted_as_ridge_does_in_voxels() -> None:
    random = np.random.default_rng(3)
    items = [{**item, "label": float(40 + 10 * random.standard_normal())} for item in _scans(20, 0)]
    network = _predictor(1)
    LinearFit(network, items, items, flip=False).start(START)
    x = np.stack([item["image"].numpy().ravel() for item in items]).astype(float)
    y = np.array([item["label"] for item in items])
    unit = np.square(x - x.mean(0)).sum(1).mean()
    said = network.linear(torch.from_numpy(x.reshape(20, 1, *SHAPE)).float())[:, 0].detach().numpy()
    best = Ridge(alpha=unit / 1000.0).fit(x, (y - y.mean()) / y.std())
    np.testing.assert_allclose(said, best.predict(x), atol=1e-3)
    assert float(network.centre) == pytest.approx(y.mean(), rel=1e-6)
    assert float(network.spread) == pytest.approx(y.std(), rel=1e-6)


def test_a_class_without_training_scans_gets_no_share() -> None:
    network = _predictor(3)
    LinearFit(network, _scans(20, 0), _scans(6, 1)).start(START)
    shares = network.linear(torch.stack([item["image"] for item in _scans(10, 2)])).softmax(1)
    assert shares[:, 2].max() < 0.01


def test_training_scans_of_one_class_are_refused() -> None:
    items = [{**item, "label": 1} for item in _scans(6, 0)]
    with pytest.raises(UserError, match="6 training scans have one label, 1"):
        LinearFit(_predictor(), items, items).start(START)


def test_a_resumed_run_keeps_its_linear_model() -> None:
    network = _predictor()
    LinearFit(network, _scans(20, 0), _scans(6, 1)).start(SimpleNamespace(state=SimpleNamespace(epoch=3)))
    assert not network.weight.any()


def test_weighing_trusts_the_model_that_is_right() -> None:
    network, scans = _predictor(), _scans(200, 5)
    LinearFit(network, _scans(200, 4), _scans(50, 6)).start(START)
    Weigh(network, scans).weigh()
    x = torch.stack([item["image"] for item in scans])
    with torch.no_grad():
        parts = network.mix[0] * network.linear(x), network.mix[1] * network.network(x)
    assert parts[0].std() > 10 * parts[1].std()


def test_weighing_is_the_temperature_that_calibrates() -> None:
    network, scans = _predictor(), _scans(400, 5, effect=1.0)
    LinearFit(network, _scans(400, 4, effect=1.0), _scans(100, 6, effect=1.0)).start(START)
    network.weight.mul_(20)  # far too sure of itself
    network.bias.mul_(20)
    Weigh(network, scans).weigh()
    shares = predict_volumes(network, np.concatenate([item["image"].numpy() for item in scans]))
    truth = np.array([item["label"] for item in scans])
    hits = (shares.argmax(1) == truth).mean()
    assert shares.max(1).mean() == pytest.approx(hits, abs=0.03)


def test_without_a_linear_model_it_takes_no_part() -> None:
    network = _predictor()
    LinearFit(network, _scans(20, 0), _scans(6, 1), linear=False).start(START)
    Weigh(network, _scans(20, 1), linear=False).weigh()
    assert not network.weight.any()
    assert network.mix[0] == 0


def test_a_mirrored_scan_gets_the_same_answer() -> None:
    network, x = _predictor(), torch.rand(2, 1, *SHAPE)
    ask = MirrorInferer()
    torch.testing.assert_close(ask(x, network), ask(x.flip(2), network))


def test_errors_of_classes_and_of_numbers() -> None:
    metric = PredictionError()
    metric.update((torch.tensor([[2.0, 1.0], [0.0, 1.0]]), torch.tensor([1, 1])))
    metric.update((torch.tensor([[2.0, 1.0]]), torch.tensor([0])))
    assert metric.compute() == pytest.approx(1 / 3)
    metric.reset()
    metric.update((torch.tensor([[30.0], [41.0]]), torch.tensor([[32.0], [40.0]])))
    assert metric.compute() == pytest.approx(1.5)


def test_batches_carry_labels_as_the_losses_want_them() -> None:
    image = torch.rand(2, 1, *SHAPE)
    _, classes = PredictionBatch()({"image": image, "label": torch.tensor([0, 1])})
    assert classes.dtype == torch.int64
    _, years = PredictionBatch()({"image": image, "label": torch.tensor([30.5, 41.0], dtype=torch.float64)})
    assert years.shape == (2, 1)
    assert years.dtype == torch.float32


@pytest.mark.parametrize("classes", [["F", "M"], []])
def test_predictions_are_written_by_subject(classes: list[str], tmp_path, caplog) -> None:
    writer, target = WritePredictions(str(tmp_path), classes, "sex" if classes else "age", "t1w_32-x"), "sex"
    said = torch.tensor([[0.0, 2.0], [3.0, 0.0]]) if classes else torch.tensor([[30.5], [40.25]])
    engine = Engine(lambda _, __: {"pred": said})
    writer.attach(engine)
    with caplog.at_level(logging.INFO):
        engine.run([{"subject": ["007", "NA"]}], max_epochs=1)
    table = pd.read_csv(tmp_path / "predictions.csv", dtype={"subject": str}, keep_default_na=False)
    assert table["subject"].tolist() == ["007", "NA"]
    assert set(table["grid"]) == {"t1w_32-x"}
    if classes:
        assert table[target].tolist() == ["M", "F"]
        np.testing.assert_allclose(table["p_F"] + table["p_M"], 1, atol=1e-5)
    else:
        assert table["age"].tolist() == [30.5, 40.25]
