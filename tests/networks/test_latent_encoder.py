"""The encoder finds the latents of generated brains, which it cannot without its descent."""

import pytest
import torch

from brainaging.networks import T1wGenerator, T1wLatentEncoder
from brainaging.networks.lattice_detail import local_detail

SHAPE = (24, 28, 20)
MASK = torch.ones(SHAPE, dtype=torch.bool)
SIZES = {"latent_size": 12, "detail": 8, "hidden": 5, "lattice": 4}


def _heads(count: int) -> torch.Tensor:
    """Return blobs (n, 1, X, Y, Z) that differ in place, size, proportions, middle and by smooth texture."""
    random = torch.Generator().manual_seed(0)
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    centre = 0.05 * torch.randn(count, 1, 1, 1, 3, generator=random)
    size = 0.5 * torch.exp(0.1 * torch.randn(count, 1, 1, 1, 3, generator=random))
    far = ((axes - centre) / size).square().sum(-1)
    inner = 0.3 * torch.randn(count, 1, 1, 1, generator=random)
    coarse = 0.2 * torch.randn(count, 1, 5, 5, 5, generator=random)
    texture = torch.nn.functional.interpolate(coarse, size=SHAPE, mode="trilinear")[:, 0]
    return (torch.sigmoid(8 * (1 - far)) * (1 + inner * torch.exp(-4 * far) + texture))[:, None]


@pytest.fixture(scope="module")
def generator() -> T1wGenerator:
    torch.manual_seed(0)
    generator = T1wGenerator(MASK, **SIZES)
    heads = _heads(60)
    generator.start_from(heads)
    generator.fit_detail(heads)
    # as adversarial training does: the closed-form encoder is no longer the inverse
    torch.nn.init.normal_(generator.correct.straight.weight, std=0.1)
    return generator


@pytest.fixture(scope="module")
def encoder(generator: T1wGenerator) -> tuple[T1wLatentEncoder, list[float]]:
    encoder = T1wLatentEncoder(MASK, **SIZES, steps=2)
    encoder.generator.load_state_dict(generator.state_dict())
    return encoder, encoder.fit_descent(600, components=150, draws=torch.Generator().manual_seed(1))


def test_each_step_of_descent_comes_nearer(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    _, scores = encoder
    assert scores == sorted(scores)
    assert scores[-1] > 0.99 > scores[0]


@torch.no_grad()
def test_latents_of_brains_it_never_saw_are_found(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    network, _ = encoder
    z, detail = network.generator.draw(200, torch.Generator().manual_seed(2))
    generated = network.generator(z, detail)
    error = [
        (estimate - z).square().mean() for estimate in (network(generated), network.generator.encode(generated))
    ]
    assert error[0] < 0.036  # R² 0.964: the original study's
    assert error[0] < 0.5 * error[1]


@torch.no_grad()
def test_detail_is_no_noise_for_the_latent(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    network, _ = encoder
    z, detail = network.generator.draw(4, torch.Generator().manual_seed(3))
    one, other = (network.left(network.generator(z, d), z) for d in (detail, -detail))
    assert (one - other).abs().max() < 1e-4 * network.generator.texture.abs().max()


@torch.no_grad()
def test_the_detail_of_made_brains_is_found(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    network, _ = encoder
    z, detail = network.generator.draw(50, torch.Generator().manual_seed(4))
    generated = network.generator(z, detail)
    torch.testing.assert_close(network.detail(generated, z), detail, atol=0.02, rtol=0.02)
    # where the latent is a little off, detail makes up for it
    latents = network(generated)
    again, true = (network.generator(latents, own) for own in (network.detail(generated, latents), detail))
    assert (again - generated).square().mean() < (true - generated).square().mean()


@torch.no_grad()
def test_noise_is_not_taken_for_detail(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    network, _ = encoder
    generator = network.generator
    random = torch.Generator().manual_seed(5)
    z, detail = generator.draw(50, random)
    noise = generator.texture.square().sum(1).median().sqrt() * torch.randn((50, 1, *SHAPE), generator=random)
    noisy = generator(z, detail) + noise
    left = (noisy - generator(z)).flatten(1)[:, generator.voxels]
    errors = [
        float((estimate - detail).square().mean())
        for estimate in (network.detail(noisy, z), left @ generator.texture.pinverse(), torch.zeros_like(detail))
    ]
    assert errors[0] < 0.8 * min(errors[1:])


def test_the_generator_is_not_trained(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    network, _ = encoder
    network(_heads(2)).sum().backward()
    assert all(weight.grad is None for weight in network.generator.parameters())
    assert network.image.grad is not None
    network.zero_grad()


@torch.no_grad()
def test_scripted_it_computes_the_same(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    network, heads = encoder[0], _heads(3)
    torch.testing.assert_close(torch.jit.script(network)(heads), network(heads), atol=1e-4, rtol=1e-4)


def test_wrong_sizes_are_named(encoder: tuple[T1wLatentEncoder, list[float]]) -> None:
    with pytest.raises(ValueError, match="steps must be positive, got 0"):
        T1wLatentEncoder(MASK, **SIZES, steps=0)
    with pytest.raises(ValueError, match="at least 4, got 2"):
        encoder[0].fit_descent(2)


@torch.no_grad()
def test_on_a_fine_grid_latents_are_found_on_the_lattice(monkeypatch) -> None:
    monkeypatch.setattr(local_detail, "DENSE", 20)
    generator, heads = T1wGenerator(MASK, **SIZES), _heads(60)
    generator.start_from(heads)
    generator.fit_detail(heads)
    network = T1wLatentEncoder(MASK, **SIZES, steps=1)
    network.generator.load_state_dict(generator.state_dict())
    scores = network.fit_descent(300, components=100, draws=torch.Generator().manual_seed(1))
    assert network.basis.shape == (8, 8)  # of the detail's own numbers, and not of voxels
    assert scores[-1] > max(0.964, scores[0])
    z, detail = network.generator.draw(20, torch.Generator().manual_seed(2))
    generated = network.generator(z, detail)
    assert (network(generated) - z).square().mean() < 0.036
    torch.testing.assert_close(network.detail(generated, z), detail, atol=0.05, rtol=0.05)
    one, other = (network.left(network.generator(z, d), z) for d in (detail, -detail))
    assert (one - other).abs().max() < 1e-3 * network.generator.texture.abs().max()
