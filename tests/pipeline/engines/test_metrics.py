"""Metrics inside the brain against numpy and against the report's own."""

import numpy as np
import pytest
import torch

from brainaging.networks import MorphometryAutoencoder, StandardisedMSE
from brainaging.pipeline.engines import InBrainMAE, InBrainMSE, InBrainSSIM, StandardisedError
from brainaging.pipeline.measures.image_similarity import masked_ssim


@pytest.fixture
def volumes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    truth = random.random((5, 1, 12, 11, 10), dtype=np.float32)
    made = truth + 0.1 * random.standard_normal(truth.shape).astype(np.float32)
    mask = np.zeros(truth.shape[2:], dtype=bool)
    mask[2:9, 1:10, 3:8] = True
    return truth, made, mask


def _value(metric, truth: np.ndarray, made: np.ndarray, sizes: tuple[int, ...] = (5,)) -> float:
    start = 0
    for size in sizes:
        metric(torch.from_numpy(made[start : start + size]), torch.from_numpy(truth[start : start + size]))
        start += size
    return metric.aggregate().item()


@pytest.mark.parametrize(("kind", "error"), [(InBrainMSE, np.square), (InBrainMAE, np.abs)])
def test_errors_are_numpys_inside_the_mask(volumes, kind, error) -> None:
    truth, made, mask = volumes
    expected = error(made.astype(float) - truth)[:, 0, mask].mean()
    assert _value(kind(mask), truth, made) == pytest.approx(expected, rel=1e-5)


def test_ssim_is_the_reports(volumes) -> None:
    truth, made, mask = volumes
    expected = masked_ssim(truth[:, 0], made[:, 0], mask, 1.0).mean()
    assert _value(InBrainSSIM(mask), truth, made) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", [InBrainMSE, InBrainMAE, InBrainSSIM])
def test_laws(volumes, kind) -> None:
    truth, made, mask = volumes
    perfect = 1.0 if kind is InBrainSSIM else 0.0
    assert _value(kind(mask), truth, truth) == pytest.approx(perfect, abs=1e-6)
    outside = np.where(mask, made, 77).astype(np.float32)
    assert _value(kind(mask), truth, outside) == pytest.approx(_value(kind(mask), truth, made), rel=1e-6)
    # Every subject counts alike, however the loader batches them.
    assert _value(kind(mask), truth, made, (2, 2, 1)) == pytest.approx(_value(kind(mask), truth, made), rel=1e-5)


@pytest.mark.parametrize(("power", "error"), [(2, np.square), (1, np.abs)])
def test_a_tables_errors_are_numpys_in_standard_deviations_over_known_cells(power, error) -> None:
    random = np.random.default_rng(0)
    truth = (50 + random.standard_normal((20, 6)) * np.logspace(-1, 3, 6)).astype(np.float32)
    made = truth + random.standard_normal(truth.shape).astype(np.float32)
    network = MorphometryAutoencoder(list("abcdef"), 2, 3)
    network.start_from(torch.from_numpy(truth))
    truth[::4, 1] = np.nan
    # every subject counts alike, and with the cells that are known
    expected = np.nanmean(error((made - truth) / network.scale.numpy()), axis=1).mean()
    for sizes in ((20,), (7, 13)):
        assert _value(StandardisedError(network, power), truth, made, sizes) == pytest.approx(expected, rel=1e-4)
    assert _value(StandardisedError(network, power), truth, truth, (20,)) == 0
    whole = truth[1::4]
    pair = [torch.from_numpy(rows) for rows in (made[1::4], whole)]
    loss = StandardisedMSE(network)(*pair).item()
    assert _value(StandardisedError(network), whole, made[1::4]) == pytest.approx(loss, rel=1e-5)
