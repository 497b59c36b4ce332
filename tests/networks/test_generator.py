"""The generator's start undoes its encoder, and its heads differ in size as the training heads do."""

import numpy as np
import pytest
import torch

from brainaging.networks import Appearance, T1wDiscriminator, T1wGenerator, principal_components, r1_penalty
from brainaging.networks.appearance import packed, unpacked

SHAPE = (24, 28, 20)
MASK = np.ones(SHAPE, dtype=bool)


def _heads(count: int, seed: int = 0) -> torch.Tensor:
    """Return blobs (n, 1, X, Y, Z) that differ in place, size, proportions and in the contrast of their middle."""
    random = torch.Generator().manual_seed(seed)
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    centre = 0.05 * torch.randn(count, 1, 1, 1, 3, generator=random)
    size = 0.5 * torch.exp(0.1 * torch.randn(count, 1, 1, 1, 3, generator=random))
    far = ((axes - centre) / size).square().sum(-1)
    inner = 0.3 * torch.randn(count, 1, 1, 1, generator=random)
    return (torch.sigmoid(8 * (1 - far)) * (1 + inner * torch.exp(-4 * far)))[:, None]


@pytest.fixture(scope="module")
def heads() -> torch.Tensor:
    return _heads(60)


@pytest.fixture(scope="module")
def fitted(heads: torch.Tensor) -> T1wGenerator:
    torch.manual_seed(0)
    generator = T1wGenerator(MASK, latent_size=12, detail=8, hidden=5, lattice=4)
    generator.start_from(heads)
    return generator


def test_packed_matrices_come_back() -> None:
    matrices = torch.randn(4, 3, 3)
    symmetric = matrices + matrices.transpose(1, 2)
    assert torch.equal(unpacked(packed(symmetric)), symmetric)


def test_pose_is_the_blobs_place_and_size() -> None:
    model = Appearance(MASK, 12)
    near, far = _heads(2, 1)[:, None]
    centres, extents = model.pose(torch.cat([near, near.roll(2, 2)]))
    torch.testing.assert_close(centres[1] - centres[0], torch.tensor([2 * 2 / 23, 0.0, 0.0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(extents[1], extents[0], atol=1e-4, rtol=0)
    torch.testing.assert_close(extents, extents.transpose(1, 2))
    assert not torch.allclose(model.pose(far)[1], extents[0], atol=1e-3)


def test_normalised_brains_have_one_pose(heads: torch.Tensor) -> None:
    model = Appearance(MASK, 12)
    model.start_from(heads)
    before = model.pose(heads)[1].flatten(1).std(0).max()
    # back on the volumes' own lattice every head has the mean extent
    still = torch.zeros(len(heads), len(model.nodes)).index_copy(
        1, model.voxels, model.normalised(heads, *model.pose(heads))
    )
    same = torch.nn.functional.interpolate(still.view(-1, 1, *model.finer), size=SHAPE, mode="trilinear")
    after = model.pose(same)[1].flatten(1).std(0).max()
    assert after < 0.15 * before


def test_training_latents_are_white(fitted: T1wGenerator, heads: torch.Tensor) -> None:
    z = fitted.encode(torch.cat([heads, heads.flip(2)]))
    torch.testing.assert_close(z.mean(0), torch.zeros(12), atol=1e-3, rtol=0)
    torch.testing.assert_close(torch.cov(z.T), torch.eye(12), atol=2e-2, rtol=0)


def test_decoding_undoes_encoding_better_than_components_do(fitted: T1wGenerator, heads: torch.Tensor) -> None:
    fresh = _heads(20, 5)
    with torch.no_grad():
        error = (fitted(fitted.encode(fresh)) - fresh).square().mean()
    linear = principal_components(torch.cat([heads, heads.flip(2)]).flatten(1), 12)
    left = fresh.flatten(1) - linear.mean
    left = left - left @ linear.components.T @ linear.components
    assert error < 0.5 * left.square().mean()


def test_drawn_heads_vary_in_size_as_training_heads_do(fitted: T1wGenerator, heads: torch.Tensor) -> None:
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad():
        made = fitted(fitted.draw(300, draws)[0])
    sizes = [(volumes > 0.5).flatten(1).sum(1).float() for volumes in (made, torch.cat([heads, heads.flip(2)]))]
    assert 0.85 < sizes[0].std() / sizes[1].std() < 1.15
    assert abs(sizes[0].mean() / sizes[1].mean() - 1) < 0.03


def test_detail_fills_what_the_codes_leave(fitted: T1wGenerator, heads: torch.Tensor) -> None:
    noisy = heads + 0.1 * torch.randn(heads.shape, generator=torch.Generator().manual_seed(1))
    generator = T1wGenerator(MASK, latent_size=12, detail=119, hidden=5, lattice=4)
    generator.start_from(noisy)
    with torch.no_grad():
        z, detail = generator.draw(200, torch.Generator().manual_seed(2))
        plain = generator(z).var(0).sum() / noisy.var(0).sum()
        share = generator.fit_detail(noisy)
        torch.testing.assert_close(
            generator(z, torch.zeros_like(detail)), generator(z)
        )  # no detail is its mean, not none
        full = generator(z, detail).var(0).sum() / noisy.var(0).sum()
    assert share > 0.8
    assert plain < 0.7
    assert 0.85 < full < 1.15


def test_what_latents_tell_of_the_rest_is_given_back(heads: torch.Tensor) -> None:
    generator = T1wGenerator(MASK, latent_size=12, detail=30, hidden=5, lattice=4)
    generator.start_from(heads)
    both, fresh = torch.cat([heads, heads.flip(2)]), _heads(40, 5)
    errors, shared = [], []
    for fit in (False, True):
        with torch.no_grad():
            if fit:
                generator.fit_detail(heads)
            errors.append(float((generator.decode(generator.encode(fresh)) - fresh).square().mean()))
            again = generator.decode(generator.encode(both))
            # what is left, along what is shown, by all that there is
            shared.append(float(((both - again) * (again - again.mean(0))).mean(0).sum() / both.var(0).sum()))
    assert errors[1] < 0.8 * errors[0]
    assert abs(shared[1]) < 0.5 * abs(shared[0])


def test_same_seed_same_brains(fitted: T1wGenerator) -> None:
    one, other, third = (fitted.draw(3, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])
    assert not torch.equal(one[0], third[0])


def test_too_few_scans_for_the_codes_are_said(heads: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"12 codes need at least 14 volumes.*got 10"):
        T1wGenerator(MASK, latent_size=12).start_from(heads[:5])
    with pytest.raises(ValueError, match="latent_size must be more than 9"):
        T1wGenerator(MASK, latent_size=9)


def test_torchscript_computes_the_same(fitted: T1wGenerator) -> None:
    scripted = torch.jit.script(fitted.eval())
    z, detail = fitted.draw(2, torch.Generator().manual_seed(0))
    torch.testing.assert_close(scripted(z), fitted(z))
    torch.testing.assert_close(scripted(z, detail), fitted(z, detail))


@pytest.mark.parametrize("shape", [(32, 32, 32), (48, 48, 48), (24, 28, 20)])
def test_discriminator_gives_one_logit_a_volume_that_depends_on_it_alone(shape) -> None:
    torch.manual_seed(0)
    discriminator = T1wDiscriminator(shape, width=4)
    volumes = torch.randn(3, 1, *shape)
    logits = discriminator(volumes)
    assert logits.shape == (3, 1)
    torch.testing.assert_close(discriminator(volumes[:1]), logits[:1])


def test_discriminator_refuses_odd_sizes() -> None:
    with pytest.raises(ValueError, match=r"even sizes.*\(32, 31, 32\)"):
        T1wDiscriminator((32, 31, 32))


def test_r1_is_the_squared_slope() -> None:
    linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8, 1))
    logits, slope = r1_penalty(linear, torch.randn(5, 1, 2, 2, 2))
    assert logits.shape == (5, 1)
    torch.testing.assert_close(slope, linear[1].weight.square().sum())


def test_two_kinds_of_heads_are_drawn_as_two_kinds() -> None:
    kinds = torch.arange(120) % 2
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    # one kind has a bright middle, the other a dark one
    heads = _heads(120, 6) * (1 + (2 * kinds.view(-1, 1, 1, 1, 1) - 1) * torch.exp(-8 * axes.square().sum(-1)))

    def between(brains: torch.Tensor) -> float:
        """Return the share of brains (n, 1, X, Y, Z) whose middle is neither bright nor dark."""
        middle = brains[:, 0, 10:14, 12:16, 8:12].mean((1, 2, 3))
        return float(((middle - middle.mean()).abs() < 0.3 * middle.std()).float().mean())

    shares = []
    for told in (None, kinds):
        generator = T1wGenerator(MASK, latent_size=12, detail=8, hidden=5, lattice=4)
        generator.start_from(heads, kinds=told)
        with torch.no_grad():
            shares.append(between(generator(generator.draw(600, torch.Generator().manual_seed(0))[0])))
    assert abs(shares[1] - between(heads)) < 0.5 * abs(shares[0] - between(heads))
