"""Whole cohorts through a network: batches change nothing."""

import numpy as np
import pytest
import torch

from brainaging.networks import MorphometryAutoencoder, T1wAutoencoder
from brainaging.pipeline.engines import decode_latents, encode_volumes


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_batches_add_up_to_the_whole(batch) -> None:
    torch.manual_seed(0)
    volumes = torch.rand(10, 1, 10, 12, 8)
    network = T1wAutoencoder(np.ones((10, 12, 8), dtype=bool), 4, 6, hidden=5, lattice=3).eval()
    network.start_from(volumes)
    with torch.no_grad():
        expected = network.encode(volumes)
        decoded = network.decode(expected)[:, 0]
    latents = encode_volumes(network, volumes[:, 0].numpy(), batch)
    np.testing.assert_allclose(latents, expected, atol=1e-5)
    np.testing.assert_allclose(decode_latents(network, latents, batch), decoded, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_rows_of_a_table_too(batch) -> None:
    rows = np.random.default_rng(0).standard_normal((10, 5)).astype(np.float32)
    network = MorphometryAutoencoder(list("abcde"), 3, 4).eval()
    network.start_from(torch.from_numpy(rows))
    rows[2, 1] = np.nan
    latents = encode_volumes(network, rows, batch)
    decoded = decode_latents(network, latents, batch)
    assert (latents.shape, decoded.shape) == ((10, 3), (10, 5))
    with torch.no_grad():
        np.testing.assert_allclose(latents, network.encode(torch.from_numpy(rows)), atol=1e-5)
        np.testing.assert_allclose(decoded, network(torch.from_numpy(rows)), atol=1e-5)
