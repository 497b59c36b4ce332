"""Whole cohorts through a network: batches change nothing."""

import numpy as np
import pytest
import torch

from brainaging.networks import MorphometryAutoencoder
from brainaging.pipeline.engines import decode_latents, encode_volumes


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_batches_add_up_to_the_whole(build, tmp_path, batch) -> None:
    parts = build(tmp_path, epochs=1)
    parts.trainer.run()
    network = parts.network.eval()
    volumes = torch.stack([item["image"] for item in parts.train])
    with torch.no_grad():
        expected = network.encode(volumes)
        made = network.decode(expected)[:, 0]
    latents = encode_volumes(network, volumes[:, 0].numpy(), batch)
    np.testing.assert_allclose(latents, expected, atol=1e-5)
    np.testing.assert_allclose(decode_latents(network, latents, batch), made, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_rows_of_a_table_too(batch) -> None:
    rows = np.random.default_rng(0).standard_normal((10, 5)).astype(np.float32)
    network = MorphometryAutoencoder(list("abcde"), 3, 4).eval()
    network.start_from(torch.from_numpy(rows))
    rows[2, 1] = np.nan
    latents = encode_volumes(network, rows, batch)
    made = decode_latents(network, latents, batch)
    assert (latents.shape, made.shape) == ((10, 3), (10, 5))
    with torch.no_grad():
        np.testing.assert_allclose(latents, network.encode(torch.from_numpy(rows)), atol=1e-5)
        np.testing.assert_allclose(made, network(torch.from_numpy(rows)), atol=1e-5)
