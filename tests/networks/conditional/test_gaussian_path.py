"""The closed form is the flow of a Gaussian: its velocity, its ends, and what is left where covariates miss."""

import pytest
import torch

from brainaging.networks.conditional.covariate_columns import CovariateColumns
from brainaging.networks.conditional.gaussian_path import GaussianPath

KINDS = ("number", "pair", "log")


@pytest.fixture(scope="module")
def columns(people) -> CovariateColumns:
    columns = CovariateColumns(KINDS)
    columns.fit(people.covariates)
    return columns


@pytest.fixture(scope="module")
def path(people, columns) -> GaussianPath:
    path = GaussianPath(people.latents.shape[1], columns.owner)
    path.fit(people.latents, columns(people.covariates), columns.known(people.covariates))
    return path


def test_what_is_left_has_the_planted_spread(path, people) -> None:
    axes, variances = path.axes[7], path.variances[7]
    torch.testing.assert_close(axes @ variances.diag() @ axes.T, people.spread, atol=0.05, rtol=0)


def test_expected_latents_have_the_planted_slope(path, columns, people) -> None:
    asked = torch.tensor([[40.0, 1.0, 1500.0], [60.0, 1.0, 1500.0]])
    made = path.expected(columns(asked), torch.tensor([7, 7]))
    torch.testing.assert_close((made[1] - made[0]) / 20, people.per_year, atol=0.01, rtol=0)


def test_with_no_covariate_known_it_is_everybody(path, people) -> None:
    axes, variances = path.axes[0], path.variances[0]
    torch.testing.assert_close(path.mean, people.latents.mean(0))
    torch.testing.assert_close(axes @ variances.diag() @ axes.T, torch.cov(people.latents.T), atol=1e-3, rtol=0)


def test_the_velocity_is_the_slope_of_the_path_that_keeps_r(path) -> None:
    columns, pattern = torch.randn(4, 5), torch.full((4,), 7)
    noise = torch.randn(4, 5)
    mean = path.expected(columns, pattern)

    def at(s: float) -> torch.Tensor:
        time = torch.full((4,), s)
        return s * mean + path.spread(noise, pattern, time, 1.0)

    for s in (0.1, 0.5, 0.9):
        slope = (at(s + 1e-3) - at(s - 1e-3)) / 2e-3
        made = path.velocity(at(s), columns, pattern, torch.full((4,), s))
        torch.testing.assert_close(made, slope, atol=2e-3, rtol=2e-3)


def test_the_velocity_is_the_expected_one_of_straight_paths(path, people, columns) -> None:
    """Least squares of z − ε on x finds no better slope than the closed form's."""
    count = len(people.latents)
    s, made = torch.full((count,), 0.6), columns(people.covariates)
    noise = torch.randn(people.latents.shape, generator=torch.Generator().manual_seed(1))
    x, target = 0.6 * people.latents + 0.4 * noise, people.latents - noise
    pattern = torch.full((count,), 7)
    left = target - path.velocity(x, made, pattern, s)
    about = torch.cat([x - 0.6 * path.expected(made, pattern), torch.ones(count, 1)], 1)
    better = torch.linalg.pinv(about) @ left
    assert better.abs().max() < 0.12
    assert left.square().mean() < 0.9 * (target - target.mean(0)).square().mean()


def test_people_with_a_missing_covariate_are_left_out_of_the_fit(path, people, columns) -> None:
    covariates = torch.cat([people.covariates, torch.full((50, 3), float("nan"))])
    latents = torch.cat([people.latents, torch.full((50, 5), 100.0)])
    other = GaussianPath(5, columns.owner)
    other.fit(latents, columns(covariates), columns.known(covariates))
    torch.testing.assert_close(other.mean, path.mean)
    torch.testing.assert_close(other.slopes, path.slopes)


def test_too_few_people_and_too_many_covariates_are_refused(columns, people) -> None:
    path = GaussianPath(5, columns.owner)
    made, known = columns(people.covariates), columns.known(people.covariates)
    with pytest.raises(ValueError, match="expected more than 7 people of whom every covariate is known, got 4"):
        path.fit(people.latents[:4], made[:4], known[:4])
    with pytest.raises(ValueError, match="at most 6 covariates, got 7"):
        GaussianPath(5, torch.arange(7))


def test_an_exported_graph_computes_the_same_without_branches(path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = torch.Generator().manual_seed(0)
    values, pattern = torch.randn(16, path.axes.shape[1], generator=draws), torch.arange(16) % 8
    s = torch.linspace(0, 0.9, 16)
    expected = path.spread(values, pattern, s, -1.0)
    monkeypatch.setattr(torch.compiler, "is_exporting", lambda: True)
    torch.testing.assert_close(path.spread(values, pattern, s, -1.0), expected)


def test_axes_have_one_sign(path) -> None:
    largest = path.axes.gather(1, path.axes.abs().argmax(1, keepdim=True))
    assert (largest > 0).all()
