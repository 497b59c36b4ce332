"""The flow is exact before it is trained, undoes itself, and learns what is not Gaussian."""

import pytest
import torch

from brainaging.networks.conditional.conditional_flow import ConditionalFlow

KINDS = ("number", "pair", "log")
ASKED = torch.tensor([[60.0, 1.0, 1500.0]])


@pytest.fixture(scope="module")
def flow(people) -> ConditionalFlow:
    torch.manual_seed(0)
    flow = ConditionalFlow(5, KINDS, hidden=16)
    flow.start_from(people.latents, people.covariates)
    return flow


@pytest.fixture
def learned(flow, people) -> ConditionalFlow:
    """A flow whose perceptron does something."""
    torch.manual_seed(1)
    other = ConditionalFlow(5, KINDS, hidden=16)
    other.start_from(people.latents, people.covariates)
    torch.nn.init.normal_(other.learned.output.weight, std=0.05)
    return other.requires_grad_(False)


@torch.no_grad()
def test_before_training_draws_are_people_of_what_was_asked(flow, people) -> None:
    noise = torch.randn(4000, 5, generator=torch.Generator().manual_seed(0))
    drawn = flow.draw(noise, ASKED.expand(4000, 3), steps=1)
    expected = 10 * people.per_year + torch.tensor([0, 0, 1.0, 0, 8 * float(torch.tensor(1500 / 1480).log())])
    torch.testing.assert_close(drawn.mean(0), expected, atol=0.08, rtol=0)
    torch.testing.assert_close(torch.cov(drawn.T), people.spread, atol=0.06, rtol=0)


@torch.no_grad()
def test_with_nothing_asked_draws_are_everybody(flow, people) -> None:
    noise = torch.randn(4000, 5, generator=torch.Generator().manual_seed(0))
    drawn = flow.draw(noise, torch.full((4000, 3), float("nan")), steps=1)
    torch.testing.assert_close(torch.cov(drawn.T), torch.cov(people.latents.T), atol=0.1, rtol=0)


@torch.no_grad()
def test_rows_with_other_missing_covariates_do_not_meet(learned) -> None:
    nan = float("nan")
    asked = torch.tensor([[60.0, 1.0, 1500.0], [nan, 1.0, nan], [nan, nan, nan], [30.0, nan, 1300.0]])
    noise = torch.randn(4, 5)
    together = learned.draw(noise, asked)
    alone = torch.cat([learned.draw(noise[i : i + 1], asked[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_inversion_undoes_drawing(learned, people) -> None:
    noise = learned.invert(people.latents[:8], people.covariates[:8], steps=64)
    again = learned.draw(noise, people.covariates[:8], steps=64)
    torch.testing.assert_close(again, people.latents[:8], atol=1e-3, rtol=1e-3)


@torch.no_grad()
def test_drawing_follows_the_velocity(learned) -> None:
    """Small plain steps along v end where the integrator's few do."""
    noise = torch.randn(6, 5, generator=torch.Generator().manual_seed(3))
    asked, x, steps = ASKED.expand(6, 3), noise, 2000
    for i in range(steps):
        x = x + learned(x, asked, torch.full((6,), (i + 0.5) / steps)) / steps
    torch.testing.assert_close(learned.draw(noise, asked, steps=32), x, atol=5e-3, rtol=5e-3)


@torch.no_grad()
def test_guidance_of_one_is_none_and_more_of_it_goes_further(flow) -> None:
    noise = torch.zeros(1, 5)
    plain, guided = (flow.draw(noise, ASKED, steps=32, guidance=w) for w in (1.0, 2.0))
    torch.testing.assert_close(flow.draw(noise, ASKED, steps=32, guidance=1.0 + 1e-7), plain, atol=1e-4, rtol=0)
    centre = flow.path.mean
    assert (guided - centre).norm() > 1.1 * (plain - centre).norm()


def test_training_learns_a_spread_that_grows_with_age(make_people) -> None:
    people = make_people(1500, 4)
    torch.manual_seed(0)
    grows = torch.exp((people.covariates[:, :1] - 50) / 30)
    means = (people.covariates[:, :1] - 50) * people.per_year
    latents = means + grows * torch.randn(1500, 5)
    flow = ConditionalFlow(5, KINDS, hidden=64)
    flow.start_from(latents, people.covariates)

    def spread(age: float) -> float:
        with torch.no_grad():
            asked = torch.tensor([[age, 1.0, 1500.0]]).expand(1000, 3)
            return float(flow.draw(torch.randn(1000, 5), asked, steps=8).std(0).mean())

    assert spread(75.0) == pytest.approx(spread(25.0), rel=0.15)
    optimizer = torch.optim.Adam(flow.parameters(), lr=3e-3)
    for _ in range(250):
        rows, s = torch.randint(1500, (256,)), torch.rand(256)
        noise, z = torch.randn(256, 5), latents[rows]
        x = s[:, None] * z + (1 - s[:, None]) * noise
        loss = (flow(x, people.covariates[rows], s) - (z - noise)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert spread(75.0) > 2 * spread(25.0)


def test_it_scripts(learned, people) -> None:
    scripted = torch.jit.script(learned)
    asked, x = people.covariates[:3].clone(), torch.randn(3, 5)
    asked[0, 1] = float("nan")
    s = torch.rand(3)
    torch.testing.assert_close(scripted(x, asked, s), learned(x, asked, s))
