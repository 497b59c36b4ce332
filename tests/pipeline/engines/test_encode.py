"""Whole cohorts through a network: batches change nothing."""

import numpy as np
import pytest
import torch

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
