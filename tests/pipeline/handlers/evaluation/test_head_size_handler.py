"""A classifier that is mostly head size loses where head size is held."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.handlers import Evaluated, HeadSizeAudit
from brainaging.pipeline.results import ScaleResponse
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.head_size_audit import SCALES


def test_it_is_worth_less_at_one_head_size(
    people: list[dict[str, Any]], run: Callable[..., dict[str, float]]
) -> None:
    sized = [
        {**item, "image": torch.tensor([0.0, 0.03 * (item["head_size"] - 1165)], dtype=torch.float32)}
        for item in people
    ]
    metrics = run(sized, HeadSizeAudit(Evaluated("toy", "classifier")))
    assert metrics["auc"] > 0.85
    assert metrics["auc_head_size_residualised"] < 0.65
    honest = [{**item, "image": torch.tensor([0.0, 2.0 * item["label"] - 1.0])} for item in people]
    assert run(honest, HeadSizeAudit(Evaluated("toy", "classifier")))["accuracy_head_size_matched"] == 1.0


def test_scaled_scans_are_asked_about() -> None:
    ball = np.hypot(np.hypot(*np.mgrid[-8:8, -8:8])[..., None], np.arange(-8, 8)) < 5
    volumes = torch.from_numpy(np.stack([ball] * 12).astype(np.float32))[:, None]

    def by_size(brains: np.ndarray) -> np.ndarray:
        larger = (brains.sum(axis=(1, 2, 3)) > ball.sum()).astype(float)
        return np.column_stack([1 - larger, larger])

    def step(engine: Engine, batch: dict[str, Any]) -> dict[str, Any]:
        return {"pred": torch.from_numpy(by_size(batch["image"][:, 0].numpy())), "label": batch["label"]}

    handler = HeadSizeAudit(Evaluated("toy", "classifier"), predict=by_size, logits=False)
    engine = Engine(step)
    handler.attach(engine)
    batch = {"image": volumes, "label": torch.tensor([0, 1] * 6), "head_size": [1000.0 + n for n in range(12)]}
    metrics = engine.run([batch]).metrics
    answers = {row.scale: row.value for row in handler.found if isinstance(row, ScaleResponse)}
    assert answers.keys() == set(SCALES)
    assert answers[0.85] == 0 and answers[1.15] == 1 and metrics["p_male_1.15"] == 1


def test_it_needs_two_classes() -> None:
    with pytest.raises(UserError, match="expected two for an audit of head size, found 3"):
        HeadSizeAudit(Evaluated("toy", "classifier"), ("a", "b", "c"))
