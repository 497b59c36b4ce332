"""Drawn latents and the brains they stand for: a seed draws the same, batches change nothing."""

import numpy as np
import pytest
import torch

from brainaging.pipeline.engines import generate_volumes, generation, latent_draws


def test_a_seed_draws_the_same_items_and_another_seed_others(generator) -> None:
    first, again, other = (latent_draws(generator, 5, seed) for seed in (0, 0, 1))
    assert [item["subject"] for item in first] == [f"{number:06d}" for number in range(5)]
    assert all(torch.equal(a["image"], b["image"]) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0]["image"], other[0]["image"])
    assert first[0]["image"].shape == (11,)
    assert first[0]["detail"].shape == (4,)


@pytest.mark.parametrize("with_detail", [False, True])
def test_batches_add_up_to_the_whole(generator, with_detail: bool, monkeypatch) -> None:
    z, detail = generator.draw(5, torch.Generator().manual_seed(0))
    detail = detail if with_detail else None
    whole = generate_volumes(generator, z, detail)
    monkeypatch.setattr(generation, "BATCH", 2)
    np.testing.assert_allclose(generate_volumes(generator, z, detail), whole, atol=1e-6)
    with torch.no_grad():
        np.testing.assert_allclose(whole, generator(z, detail)[:, 0], atol=1e-6)
