"""Descent in latents comes nearer to a brain, and to nothing where no step is taken."""

import numpy as np
import torch

from brainaging.networks import T1wGenerator
from brainaging.pipeline.engines import optimise_latents

SHAPE = (12, 12, 12)


def _error(generator: T1wGenerator, z: np.ndarray, volumes: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return np.square(generator(torch.from_numpy(z))[:, 0].numpy() - volumes).mean((1, 2, 3))


def test_every_brain_comes_nearer(generator: T1wGenerator) -> None:
    z = torch.randn(40, 11, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        volumes = generator(z)[:, 0].numpy()
    start = np.zeros((40, 11), dtype=np.float32)  # more than a batch
    refined = np.concatenate(list(optimise_latents(generator, volumes, start, steps=60, rate=0.1, prior=0.0)))
    assert refined.shape == (40, 11)
    assert (_error(generator, refined, volumes) < 0.2 * _error(generator, start, volumes)).all()


def test_the_prior_pulls_to_the_expected_brain(generator: T1wGenerator) -> None:
    start = np.full((2, 11), 2.0, dtype=np.float32)
    with torch.no_grad():
        volumes = generator(torch.from_numpy(start))[:, 0].numpy()
    free, held = (
        np.concatenate(list(optimise_latents(generator, volumes, start, 20, prior=p))) for p in (0.0, 1.0)
    )
    assert np.abs(held).mean() < 0.9 * np.abs(free).mean()


def test_no_step_gives_the_start_back_and_training_state_stays(generator: T1wGenerator) -> None:
    before = [weight.requires_grad for weight in generator.parameters()]
    start = np.ones((2, 11), dtype=np.float32)
    volumes = np.zeros((2, *SHAPE), dtype=np.float32)
    np.testing.assert_array_equal(next(iter(optimise_latents(generator, volumes, start, steps=0))), start)
    assert [weight.requires_grad for weight in generator.parameters()] == before
