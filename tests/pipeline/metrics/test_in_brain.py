"""Metrics inside the brain against numpy and against the report's own."""

import numpy as np
import pytest
import torch

from brainaging.pipeline.measures.image_similarity import masked_ssim
from brainaging.pipeline.metrics import InBrainMAE, InBrainMSE, InBrainSSIM


@pytest.fixture
def volumes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    truth = random.random((5, 1, 12, 11, 10), dtype=np.float32)
    other = truth + 0.1 * random.standard_normal(truth.shape).astype(np.float32)
    mask = np.zeros(truth.shape[2:], dtype=bool)
    mask[2:9, 1:10, 3:8] = True
    return truth, other, mask


def _value(metric, truth: np.ndarray, other: np.ndarray, sizes: tuple[int, ...] = (5,)) -> float:
    start = 0
    for size in sizes:
        metric(torch.from_numpy(other[start : start + size]), torch.from_numpy(truth[start : start + size]))
        start += size
    return metric.aggregate().item()


@pytest.mark.parametrize(("kind", "error"), [(InBrainMSE, np.square), (InBrainMAE, np.abs)])
def test_errors_are_numpys_inside_the_mask(volumes, kind, error) -> None:
    truth, other, mask = volumes
    expected = error(other.astype(float) - truth)[:, 0, mask].mean()
    assert _value(kind(mask), truth, other) == pytest.approx(expected, rel=1e-5)


def test_ssim_is_the_reports(volumes) -> None:
    truth, other, mask = volumes
    expected = masked_ssim(truth[:, 0], other[:, 0], mask, 1.0).mean()
    assert _value(InBrainSSIM(mask), truth, other) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", [InBrainMSE, InBrainMAE, InBrainSSIM])
def test_laws(volumes, kind) -> None:
    truth, other, mask = volumes
    perfect = 1.0 if kind is InBrainSSIM else 0.0
    assert _value(kind(mask), truth, truth) == pytest.approx(perfect, abs=1e-6)
    outside = np.where(mask, other, 77).astype(np.float32)
    assert _value(kind(mask), truth, outside) == pytest.approx(_value(kind(mask), truth, other), rel=1e-6)
    # Every subject counts alike, however the loader batches them.
    assert _value(kind(mask), truth, other, (2, 2, 1)) == pytest.approx(_value(kind(mask), truth, other), rel=1e-5)
