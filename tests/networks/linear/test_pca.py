"""Principal components against scikit-learn's and their own laws."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from brainaging.networks import NoVarianceError, principal_components


def _samples(n: int = 30, v: int = 400, decades: float = 2.0, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    scales = torch.logspace(0, -decades, n)
    return 3 + (torch.randn(n, n, generator=random) * scales) @ torch.randn(n, v, generator=random)


@pytest.mark.parametrize("count", [1, 5, 29])
def test_components_are_those_of_scikit_learn(count: int) -> None:
    samples = _samples()
    principal = principal_components(samples, count)
    reference = PCA(count, svd_solver="full").fit(samples.double().numpy())
    cosines = np.abs(np.sum(principal.components.double().numpy() * reference.components_, axis=1))
    np.testing.assert_allclose(cosines, 1, atol=1e-5)
    np.testing.assert_allclose(principal.mean, reference.mean_, atol=1e-5)
    np.testing.assert_allclose(principal.deviation, np.sqrt(reference.explained_variance_), rtol=1e-4)


@pytest.mark.parametrize("decades", [1.0, 3.0])
def test_components_are_orthonormal_even_where_they_carry_a_thousandth_of_the_spread(decades: float) -> None:
    components = principal_components(_samples(decades=decades), 29).components.double()
    assert len(components) == 29
    np.testing.assert_allclose(components @ components.T, np.eye(29), atol=1e-5)


def test_blocks_of_voxels_add_up() -> None:
    wide = _samples(n=6, v=20000)  # more than two blocks
    principal = principal_components(wide, 5)
    centred = wide - principal.mean
    np.testing.assert_allclose(centred @ principal.components.T @ principal.components, centred, atol=1e-4)


def test_order_of_samples_does_not_matter() -> None:
    samples = _samples(n=10)
    one = principal_components(samples, 4).components
    shuffled = samples[torch.randperm(10, generator=torch.Generator().manual_seed(1))]
    other = principal_components(shuffled, 4).components
    np.testing.assert_allclose(torch.sum(one * other, 1).abs(), 1, atol=1e-5)


def test_no_more_components_than_samples_span() -> None:
    assert principal_components(_samples(n=7), 100).components.shape == (6, 400)
    twice = _samples(n=7).repeat(2, 1)
    assert principal_components(twice, 100).components.shape == (6, 400)


@pytest.mark.parametrize(
    ("samples", "count", "message"),
    [
        (torch.zeros(1, 5), 2, r"n >= 2.*\(1, 5\)"),
        (torch.zeros(5), 2, r"n >= 2.*\(5,\)"),
        (torch.rand(4, 5), 0, "at least 1, got 0"),
        (torch.full((4, 5), 0.3), 2, "these 4 are all alike"),
    ],
)
def test_what_has_no_components_is_refused(samples: torch.Tensor, count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        principal_components(samples, count)


@pytest.mark.parametrize("columns", [10_000, 10], ids=["exact", "sketched"])
def test_of_many_rows_the_components_are_those_of_few(columns: int, monkeypatch) -> None:
    samples = _samples(n=30).repeat(4, 1) * torch.linspace(0.9, 1.1, 120)[:, None]
    few = principal_components(samples, 6)
    monkeypatch.setattr("brainaging.networks.linear.pca.MOST_ROWS", 100)
    monkeypatch.setattr("brainaging.networks.linear.leading_space.MOST_ROWS", columns)
    many = principal_components(samples, 6)
    assert many.components.dtype == samples.dtype
    np.testing.assert_allclose(torch.sum(few.components * many.components, 1).abs(), 1, atol=1e-4)
    np.testing.assert_allclose(many.deviation, few.deviation, rtol=1e-4)
    np.testing.assert_allclose(many.mean, few.mean, atol=1e-5)
    with pytest.raises(NoVarianceError, match="these 120 are all alike"):
        principal_components(torch.ones(120, 400), 6)
