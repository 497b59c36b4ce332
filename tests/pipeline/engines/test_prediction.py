"""Whole cohorts through a predictor: batches change nothing, and classes get probabilities."""

import numpy as np
import pytest
import torch

from brainaging.networks import T1wPredictor
from brainaging.pipeline.engines import predict_volumes


@pytest.mark.parametrize("outputs", [1, 3])
def test_batches_add_up_to_the_whole(outputs: int) -> None:
    torch.manual_seed(0)
    network = T1wPredictor(torch.ones(12, 12, 12, dtype=torch.bool), outputs=outputs, width=2).eval()
    volumes = np.random.default_rng(0).standard_normal((5, 12, 12, 12)).astype(np.float32)
    whole = predict_volumes(network, volumes)
    assert whole.shape == (5, outputs)
    np.testing.assert_allclose(predict_volumes(network, volumes, batch=2), whole, atol=1e-5)
    if outputs > 1:
        np.testing.assert_allclose(whole.sum(1), 1, atol=1e-6)
