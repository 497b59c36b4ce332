"""The generator's start undoes its encoder, and its heads differ in size as the training heads do."""

import copy

import numpy as np
import pytest
import torch

from brainaging.networks import T1wGenerator, principal_components
from brainaging.networks.lattice_detail import local_detail

SHAPE = (24, 28, 20)
MASK = np.ones(SHAPE, dtype=bool)


@pytest.fixture(scope="module")
def fitted(heads: torch.Tensor) -> T1wGenerator:
    torch.manual_seed(0)
    generator = T1wGenerator(MASK, latent_size=12, detail=8, hidden=5, lattice=4)
    generator.start_from(heads)
    return generator


def test_training_latents_are_white(fitted: T1wGenerator, heads: torch.Tensor) -> None:
    z = fitted.encode(torch.cat([heads, heads.flip(2)]))
    torch.testing.assert_close(z.mean(0), torch.zeros(12), atol=1e-3, rtol=0)
    torch.testing.assert_close(torch.cov(z.T), torch.eye(12), atol=2e-2, rtol=0)


def test_decoding_undoes_encoding_better_than_components_do(
    fitted: T1wGenerator, heads: torch.Tensor, make_heads
) -> None:
    fresh = make_heads(20, 5)
    with torch.no_grad():
        error = (fitted(fitted.encode(fresh)) - fresh).square().mean()
    linear = principal_components(torch.cat([heads, heads.flip(2)]).flatten(1), 12)
    left = fresh.flatten(1) - linear.mean
    left = left - left @ linear.components.T @ linear.components
    assert error < 0.5 * left.square().mean()


def test_drawn_heads_vary_in_size_as_training_heads_do(fitted: T1wGenerator, heads: torch.Tensor) -> None:
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad():
        drawn = fitted(fitted.draw(300, draws)[0])
    sizes = [(volumes > 0.5).flatten(1).sum(1).float() for volumes in (drawn, torch.cat([heads, heads.flip(2)]))]
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


def test_what_latents_tell_of_the_rest_is_given_back(heads: torch.Tensor, make_heads) -> None:
    generator = T1wGenerator(MASK, latent_size=12, detail=30, hidden=5, lattice=4)
    generator.start_from(heads)
    both, fresh = torch.cat([heads, heads.flip(2)]), make_heads(40, 5)
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


def test_too_few_scans_for_the_codes_are_named(heads: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"12 codes need at least 14 volumes.*got 10"):
        T1wGenerator(MASK, latent_size=12).start_from(heads[:5])
    with pytest.raises(ValueError, match="latent_size must be more than 9"):
        T1wGenerator(MASK, latent_size=9)


def test_torchscript_computes_the_same(fitted: T1wGenerator) -> None:
    scripted = torch.jit.script(fitted.eval())
    z, detail = fitted.draw(2, torch.Generator().manual_seed(0))
    torch.testing.assert_close(scripted(z), fitted(z))
    torch.testing.assert_close(scripted(z, detail), fitted(z, detail))


def test_two_kinds_of_heads_are_drawn_as_two_kinds(make_heads) -> None:
    kinds = torch.arange(120) % 2
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    # one kind has a bright middle, the other a dark one
    heads = make_heads(120, 6) * (1 + (2 * kinds.view(-1, 1, 1, 1, 1) - 1) * torch.exp(-8 * axes.square().sum(-1)))

    def between(brains: torch.Tensor) -> float:
        """Return the share of brains (n, 1, X, Y, Z) whose middle is neither bright nor dark."""
        middle = brains[:, 0, 10:14, 12:16, 8:12].mean((1, 2, 3))
        return float(((middle - middle.mean()).abs() < 0.3 * middle.std()).float().mean())

    shares = []
    for labels in (None, kinds):
        generator = T1wGenerator(MASK, latent_size=12, detail=8, hidden=5, lattice=4)
        generator.start_from(heads, kinds=labels)
        with torch.no_grad():
            shares.append(between(generator(generator.draw(600, torch.Generator().manual_seed(0))[0])))
    assert abs(shares[1] - between(heads)) < 0.5 * abs(shares[0] - between(heads))


@pytest.fixture(scope="module")
def on_lattice(heads: torch.Tensor) -> T1wGenerator:
    """Return a fitted generator whose grid counts as finer than its lattice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_detail, "DENSE", 20)
        generator = T1wGenerator(MASK, latent_size=12, detail=8, hidden=5, lattice=4)
    generator.start_from(heads)
    generator.fit_detail(heads)
    return generator


@torch.no_grad()
def test_on_a_fine_grid_it_is_dense_on_a_lattice_alone(on_lattice: T1wGenerator, make_heads) -> None:
    generator, fresh = on_lattice, make_heads(20, 5)
    assert generator.texture.shape == (8, 12 * 14 * 10)
    z, detail = generator.draw(4, torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        generator.local.coarse(generator(z, detail)), generator.on_lattice(z, detail), atol=1e-5, rtol=1e-4
    )
    again = generator(generator.encode(fresh))
    smooth = torch.nn.functional.interpolate(generator.local.coarse(again), scale_factor=2.0, mode="trilinear")
    assert (again - fresh).square().mean() < 0.7 * (smooth - fresh).square().mean()


def test_on_a_fine_grid_what_moving_blurs_is_given_back(on_lattice: T1wGenerator, heads) -> None:
    sharpened = copy.deepcopy(on_lattice)
    for image in (sharpened.rest, sharpened.lacking):
        image.data.zero_()
    z, seen = sharpened.encode(heads), sharpened.local.coarse(heads)
    errors = [float((sharpened.on_lattice(z) - seen).square().mean())]
    sharpened.sharpening[0].reset()
    errors.append(float((sharpened.on_lattice(z) - seen).square().mean()))
    assert errors[0] < 0.99 * errors[1]


def test_on_a_fine_grid_images_are_held_and_stored_once(on_lattice: T1wGenerator) -> None:
    average = on_lattice.follower()
    trained = {name.split(".")[0] for name, weight in on_lattice.named_parameters() if weight.requires_grad}
    assert trained == {"local", "correct", "deform"}
    assert sum(len(group["params"]) for group in on_lattice.rates(1.0)) == sum(
        weight.requires_grad for weight in on_lattice.parameters()
    )
    own, both = (
        {t.untyped_storage().data_ptr(): t.nbytes for net in nets for t in (*net.parameters(), *net.buffers())}
        for nets in ((on_lattice,), (on_lattice, average))
    )
    # the average has its own of what is trained, and of nothing else
    moved = sum(weight.nbytes for weight in on_lattice.parameters() if weight.requires_grad)
    assert sum(both.values()) == sum(own.values()) + moved
    torch.testing.assert_close(average.state_dict()["texture"], on_lattice.texture.data)


def test_on_a_fine_grid_torchscript_computes_the_same(on_lattice: T1wGenerator) -> None:
    scripted = torch.jit.script(on_lattice.eval())
    z, detail = on_lattice.draw(2, torch.Generator().manual_seed(0))
    torch.testing.assert_close(scripted(z, detail), on_lattice(z, detail), atol=1e-5, rtol=1e-4)
