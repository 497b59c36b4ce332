"""A generator that is asked for people: heads of the size that was asked, whatever else is not said."""

import numpy as np
import pytest
import torch

from brainaging.networks import T1wConditionalGenerator

SHAPE = (24, 28, 20)
SIZES = {"latent_size": 12, "detail": 6, "hidden": 8}
MASK = np.ones(SHAPE, dtype=bool)


def _volume(heads: torch.Tensor) -> torch.Tensor:
    return heads.clamp(0, 1).flatten(1).sum(1)


@pytest.fixture(scope="module")
def covariates(heads: torch.Tensor) -> torch.Tensor:
    """An age that nothing shows, a sex that nothing shows, the size that every head has."""
    random = torch.Generator().manual_seed(0)
    age, sex = 20 + 50 * torch.rand(60, generator=random), (torch.rand(60, generator=random) < 0.5).float()
    return torch.stack([age, sex, _volume(heads)], 1)


@pytest.fixture(scope="module")
def network(heads: torch.Tensor, covariates: torch.Tensor) -> T1wConditionalGenerator:
    torch.manual_seed(0)
    network = T1wConditionalGenerator(MASK, **SIZES)
    network.start_from(heads, covariates)
    return network.requires_grad_(False)


def test_heads_have_the_size_that_was_asked(network, covariates) -> None:
    noise, detail = network.draw(200, torch.Generator().manual_seed(1))
    for quantile in (0.2, 0.5, 0.8):
        size = float(torch.quantile(covariates[:, 2], quantile))
        asked = torch.tensor([[float("nan"), float("nan"), size]]).expand(200, 3)
        made = _volume(network(noise, asked, detail))
        assert float(made.mean()) == pytest.approx(size, rel=0.03)
        assert made.std() < 0.4 * covariates[:, 2].std()


def test_with_nothing_asked_sizes_vary_as_people_s(network, covariates) -> None:
    noise, detail = network.draw(300, torch.Generator().manual_seed(1))
    made = _volume(network(noise, None, detail))
    assert 0.8 < made.std() / covariates[:, 2].std() < 1.2


def test_latents_of_the_decoder_are_read_and_decoded(network, heads) -> None:
    z = network.encode(heads[:3])
    assert z.shape == (3, 12)
    assert (network.decode(z) - heads[:3]).square().mean() < 0.2 * heads.var(0).mean()


def test_what_goes_with_a_covariate_and_no_latent_tells_is_there_all_the_same(heads, covariates) -> None:
    """A spot on both sides, too small for twelve latents, brighter the older one is."""
    spotted = heads.clone()
    spotted[:, 0, 11:13, 14, 10] += 0.01 * (covariates[:, 0, None] - 45)
    network = T1wConditionalGenerator(MASK, **SIZES)
    network.start_from(spotted, covariates)
    noise, detail = network.draw(300, torch.Generator().manual_seed(1))
    asked = [torch.tensor([[age, float("nan"), float("nan")]]).expand(300, 3) for age in (30.0, 60.0)]
    with torch.no_grad():
        young, old = (network(noise, each, detail)[:, 0, 12, 14, 10].mean() for each in asked)
    assert float(old - young) == pytest.approx(0.3, abs=0.1)


def test_it_exports_as_torchscript(network, covariates) -> None:
    scripted = torch.jit.script(network)
    noise, detail = network.draw(2, torch.Generator().manual_seed(1))
    asked = covariates[:2].clone()
    asked[0, 0] = float("nan")
    torch.testing.assert_close(scripted(noise, asked, detail), network(noise, asked, detail))
    torch.testing.assert_close(scripted(noise), network(noise))


def test_weights_know_their_grid(network) -> None:
    other = T1wConditionalGenerator(MASK, **SIZES, grid="t1w_32-00000000")
    other.load_state_dict({**network.state_dict(), "_extra_state": {"grid": "t1w_32-00000000"}})
    with pytest.raises(ValueError, match="t1w_32-00000000"):
        T1wConditionalGenerator(MASK, **SIZES, grid="t1w_48-11111111").load_state_dict(other.state_dict())
