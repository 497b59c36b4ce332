"""A cohort of toy predictions, and an engine of each kind that gives them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from ignite.engine import Engine
from monai.data import DataLoader
from monai.engines import SupervisedEvaluator


@pytest.fixture(scope="session")
def people() -> list[dict[str, Any]]:
    """60 people in 30 families: a classifier's logits for the image, mostly of head size; sex; covariates."""
    random = np.random.default_rng(0)
    items = []
    for number in range(60):
        sex = number % 2
        size = 1100 + 130 * sex + random.normal(0, 60)
        lean = 0.02 * (size - 1165) + 0.6 * (2 * sex - 1) + random.normal(0, 0.4)
        items.append(
            {
                "image": torch.tensor([-lean / 2, lean / 2], dtype=torch.float32),
                "label": sex,
                "head_size": size,
                "age": 22.0 + number,
                "sex": "FM"[sex],
                "site": "one" if number < 25 else "two" if number < 55 else "three",
                "subject": f"family-{number // 2}",
            }
        )
    return items


def _supervised(decollate: bool) -> Callable[..., Any]:
    def run(people: list[dict[str, Any]], handler: Any) -> dict[str, float]:
        loader = DataLoader(people, batch_size=16)
        evaluator = SupervisedEvaluator(
            "cpu", loader, torch.nn.Identity(), val_handlers=[handler], decollate=decollate
        )
        evaluator.run()
        return evaluator.state.metrics

    return run


def _plain(people: list[dict[str, Any]], handler: Any) -> dict[str, float]:
    engine = Engine(lambda engine, batch: {"pred": batch["image"], "label": batch["label"]})
    handler.attach(engine)
    return engine.run(DataLoader(people, batch_size=16)).metrics


@pytest.fixture(scope="session", params=["decollated", "batched", "plain engine"])
def run(request: pytest.FixtureRequest) -> Callable[..., dict[str, float]]:
    """Return what runs an engine over people with one handler: (people, handler) to its metrics."""
    return {"decollated": _supervised(True), "batched": _supervised(False), "plain engine": _plain}[request.param]
