"""Two kinds of people that are there are drawn, kinds by chance are not, and every latent has its way back."""

import pytest
import torch
from scipy.stats import ks_2samp

from brainaging.networks import TwoKinds

SIZE, APART = 20, 3.0


def planted(count: int, seed: int, share: float = 0.5) -> tuple[torch.Tensor, torch.Tensor]:
    """Return white codes (n, L) and kinds (n,), three standard deviations apart along the first two codes."""
    random = torch.Generator().manual_seed(seed)
    kinds = (torch.rand(count, generator=random) < share).long()
    codes = torch.randn(count, SIZE, generator=random)
    width = (1 + share * (1 - share) * APART**2) ** -0.5
    codes[:, 0] = width * (codes[:, 0] + APART * (kinds - share))
    turn = torch.eye(SIZE)
    turn[:2, :2] = torch.tensor([[0.6, 0.8], [-0.8, 0.6]])
    return codes @ turn, kinds


@pytest.fixture(scope="module")
def fitted() -> TwoKinds:
    network = TwoKinds(SIZE)
    assert network.fit(*planted(600, 0)) == pytest.approx(APART, abs=0.3)
    return network


def test_every_latent_comes_back(fitted: TwoKinds) -> None:
    z = 3 * torch.randn(500, SIZE, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(fitted.inverse(fitted(z)), z, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(fitted(fitted.inverse(z)), z, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_drawn_latents_have_the_population_s_humps_and_stay_white(share: float) -> None:
    network = TwoKinds(SIZE)
    network.fit(*planted(800, 2, share))
    normal = torch.randn(4000, SIZE, generator=torch.Generator().manual_seed(3))
    drawn, people = network(normal), planted(4000, 4, share)[0]
    axis = torch.zeros(SIZE)
    axis[:2] = torch.tensor([0.6, 0.8])
    with_, without = (float(ks_2samp(z @ axis, people @ axis).statistic) for z in (drawn, normal))
    assert with_ < 0.5 * without
    assert drawn.mean(0).abs().max() < 0.1
    torch.testing.assert_close(torch.cov(drawn.T), torch.eye(SIZE), atol=0.12, rtol=0)


def test_kinds_by_chance_move_nothing() -> None:
    codes, kinds = planted(600, 5)
    network = TwoKinds(SIZE)
    network.fit(codes, kinds[torch.randperm(600, generator=torch.Generator().manual_seed(6))])
    z = torch.randn(500, SIZE, generator=torch.Generator().manual_seed(7))
    assert (network(z) - z).abs().max() < 0.05


def test_unknown_kinds_count_for_nothing() -> None:
    codes, kinds = planted(600, 8)
    some, all_known = TwoKinds(SIZE), TwoKinds(SIZE)
    some.fit(torch.cat([codes, 9 * torch.ones(50, SIZE)]), torch.cat([kinds, torch.full((50,), -1)]))
    all_known.fit(codes, kinds)
    assert torch.equal(some.axis, all_known.axis) and torch.equal(some.meant, all_known.meant)
    for lone in (torch.full((600,), -1), torch.zeros(600, dtype=torch.long)):
        untold = TwoKinds(SIZE)
        assert untold.fit(codes, lone) == 0
        torch.testing.assert_close(untold(codes), codes, atol=1e-6, rtol=0)


def test_kinds_that_nothing_lies_between_have_their_way_back_too() -> None:
    kinds = torch.arange(40) % 2
    codes = 0.01 * torch.randn(40, SIZE, generator=torch.Generator().manual_seed(10))
    codes[:, 0] = 2.0 * kinds - 1
    network = TwoKinds(SIZE)
    assert network.fit(codes, kinds) > 3
    z = torch.randn(500, SIZE, generator=torch.Generator().manual_seed(11))
    torch.testing.assert_close(network.inverse(network(z)), z, atol=1e-2, rtol=1e-2)


def test_scripted_it_computes_the_same(fitted: TwoKinds) -> None:
    z = torch.randn(10, SIZE, generator=torch.Generator().manual_seed(9))
    assert torch.equal(torch.jit.script(fitted)(z), fitted(z))


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_the_kind_that_a_latent_stands_for_is_that_of_most_people_there(share: float) -> None:
    network = TwoKinds(SIZE)
    network.fit(*planted(800, 12, share))
    codes, kinds = planted(4000, 13, share)
    intended = network.intended(network.inverse(codes))
    # two humps three deviations apart overlap in 7 % of people of equal shares, in less where one is rarer
    assert (intended == kinds).float().mean() > 0.91
    drawn = network.intended(torch.randn(4000, SIZE, generator=torch.Generator().manual_seed(14)))
    assert float(drawn.float().mean()) == pytest.approx(share, abs=0.04)


def test_without_kinds_a_latent_stands_for_none() -> None:
    assert (TwoKinds(SIZE).intended(torch.randn(5, SIZE)) == -1).all()
