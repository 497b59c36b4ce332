"""A table's errors are NumPy's, in training standard deviations, over the cells that are known."""

import numpy as np
import pytest
import torch

from brainaging.networks import MorphometryAutoencoder, StandardisedMSE
from brainaging.pipeline.metrics import StandardisedError


def _value(metric: StandardisedError, truth: np.ndarray, other: np.ndarray, sizes: tuple[int, ...]) -> float:
    for rows in np.split(np.arange(len(truth)), np.cumsum(sizes)[:-1]):
        metric(torch.from_numpy(other[rows]), torch.from_numpy(truth[rows]))
    return metric.aggregate().item()


@pytest.mark.parametrize(("power", "error"), [(2, np.square), (1, np.abs)])
def test_a_tables_errors_are_numpys_in_standard_deviations_over_known_cells(power, error) -> None:
    random = np.random.default_rng(0)
    truth = (50 + random.standard_normal((20, 6)) * np.logspace(-1, 3, 6)).astype(np.float32)
    other = truth + random.standard_normal(truth.shape).astype(np.float32)
    network = MorphometryAutoencoder(list("abcdef"), 2, 3)
    network.start_from(torch.from_numpy(truth))
    truth[::4, 1] = np.nan
    # every subject counts alike, and with the cells that are known
    expected = np.nanmean(error((other - truth) / network.scale.numpy()), axis=1).mean()
    for sizes in ((20,), (7, 13)):
        assert _value(StandardisedError(network, power), truth, other, sizes) == pytest.approx(expected, rel=1e-4)
    assert _value(StandardisedError(network, power), truth, truth, (20,)) == 0
    whole = truth[1::4]
    pair = [torch.from_numpy(rows) for rows in (other[1::4], whole)]
    loss = StandardisedMSE(network)(*pair).item()
    assert _value(StandardisedError(network), whole, other[1::4], (len(whole),)) == pytest.approx(loss, rel=1e-5)
