"""Ignite metrics say what the functions say, over batches, and see a generator that repeats one brain."""

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.measures.fidelity import dataset_space, frechet_distance, mmd
from brainaging.pipeline.metrics import (
    FrechetDistance,
    MaximumMeanDiscrepancy,
    PairSimilarityGap,
    SampleMetric,
    VarianceRatio,
)
from brainaging.pipeline.runtime import UserError

MASK = np.ones((8, 8, 8), dtype=bool)


def _volumes(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    shapes = np.random.default_rng(9).standard_normal((5, 8, 8, 8))
    return np.tensordot(random.standard_normal((count, 5)), shapes, 1).astype(np.float32)


SPACE = dataset_space([{"image": volume[None]} for volume in _volumes(40, 0)], MASK, 5)


def _measured(metric: SampleMetric, generated: np.ndarray, scans: np.ndarray) -> float:
    pairs = zip(
        torch.from_numpy(generated)[:, None].split(7), torch.from_numpy(scans)[:, None].split(7), strict=True
    )
    engine = Engine(lambda _, batch: batch)
    metric.attach(engine, "value")
    return engine.run(list(pairs)).metrics["value"]


def test_batches_are_put_together() -> None:
    generated, scans = _volumes(30, 1), _volumes(30, 2)
    one, other = SPACE(generated), SPACE(scans)
    assert _measured(FrechetDistance(SPACE), generated, scans) == pytest.approx(
        frechet_distance(one, other), rel=1e-5
    )
    assert _measured(MaximumMeanDiscrepancy(SPACE), generated, scans) == pytest.approx(mmd(one, other), rel=1e-4)
    assert _measured(VarianceRatio(MASK), generated, scans) == pytest.approx(1, abs=0.6)


def test_one_brain_repeated_is_seen_by_every_metric() -> None:
    scans = _volumes(30, 2)
    generated = np.repeat(_volumes(1, 3), 30, axis=0)
    honest = _volumes(30, 1)
    for metric in (FrechetDistance(SPACE), MaximumMeanDiscrepancy(SPACE), PairSimilarityGap(MASK)):
        assert _measured(metric, generated, scans) > 2 * abs(_measured(metric, honest, scans))
    assert _measured(VarianceRatio(MASK), generated, scans) < 1e-6


def test_a_second_epoch_begins_anew() -> None:
    metric = VarianceRatio(MASK)
    scans = _volumes(30, 2)
    _measured(metric, np.repeat(scans[:1], 30, axis=0), scans)
    assert _measured(metric, scans, scans) == pytest.approx(1)


def test_a_sample_of_one_is_refused() -> None:
    with pytest.raises(UserError, match="VarianceRatio: expected 2 generated and 2 real brains, got 1, 1"):
        _measured(VarianceRatio(MASK), _volumes(1, 0), _volumes(1, 0))
