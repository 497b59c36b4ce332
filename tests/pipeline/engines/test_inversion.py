"""Descent in latents comes nearer to a brain, and to nothing where no step is taken."""

import numpy as np
import pytest
import torch

from brainaging.networks import T1wGenerator
from brainaging.pipeline.engines import optimise_latents

SHAPE = (16, 16, 16)


@pytest.fixture(scope="module")
def generator() -> T1wGenerator:
    torch.manual_seed(0)
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    centre, size = 0.05 * torch.randn(40, 1, 1, 1, 3), 0.5 * torch.exp(0.1 * torch.randn(40, 1, 1, 1, 3))
    heads = torch.sigmoid(6 * (1 - ((axes - centre) / size).square().sum(-1)))[:, None]
    generator = T1wGenerator(np.ones(SHAPE, dtype=bool), latent_size=11, detail=4, hidden=4, lattice=3)
    generator.start_from(heads)
    return generator


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
