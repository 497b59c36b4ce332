"""A calibrated classifier has little error; one that is too sure, more, at the same accuracy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from brainaging.pipeline.handlers import CalibrationScores, Evaluated
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.reliability import expected_calibration_error
from brainaging.pipeline.stats.scores import accuracy, point


def test_it_is_what_the_pipeline_measures_in_any_engine(
    people: list[dict[str, Any]], run: Callable[..., dict[str, float]]
) -> None:
    handler = CalibrationScores(Evaluated("toy", "classifier"), ("F", "M"))
    metrics = run(people, handler)
    truth = np.array([item["label"] for item in people])
    logits = np.stack([item["image"].numpy() for item in people]).astype(float)
    score = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    rows = np.arange(60)
    pred = Predictions(rows, np.zeros(60, int), truth, score.argmax(1), score, ("F", "M"), 0)
    assert metrics["accuracy"] == point(accuracy, pred)
    assert metrics["ece"] == pytest.approx(point(expected_calibration_error, pred), abs=1e-6)
    assert len(np.unique(handler.groups)) == 30
    (row,) = (row for row in handler.found if row.metric == "auc")
    assert row.ci_low <= row.value <= row.ci_high and row.n_test == 60


def test_too_sure_is_seen(people: list[dict[str, Any]], run: Callable[..., dict[str, float]]) -> None:
    """Right of three in four, it says so, or that it is certain."""
    metrics = {}
    for name, logit in (("honest", float(np.log(3))), ("boastful", 30.0)):
        told = []
        for number, item in enumerate(people):
            right = logit if number % 4 else -logit
            told.append({**item, "image": torch.tensor([0.0, right if item["label"] else -right])})
        metrics[name] = run(told, CalibrationScores(Evaluated("toy", "classifier"), ("F", "M")))
    assert metrics["honest"]["accuracy"] == metrics["boastful"]["accuracy"] == 0.75
    assert metrics["honest"]["ece"] == pytest.approx(0, abs=1e-6)
    assert metrics["boastful"]["ece"] == pytest.approx(0.25)
    assert metrics["boastful"]["brier"] > metrics["honest"]["brier"]
