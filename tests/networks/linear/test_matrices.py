"""Roots and inverses are those of linear algebra."""

import torch

from brainaging.networks.linear.matrices import inverse_3, symmetric_root


def _positive(count: int, least: float) -> torch.Tensor:
    """Return matrices whose eigenvalues are from ``least`` to 1."""
    draws = torch.Generator().manual_seed(0)
    turns = torch.linalg.qr(torch.randn(count, 3, 3, generator=draws, dtype=torch.float64))[0]
    values = least + (1 - least) * torch.rand(count, 3, generator=draws, dtype=torch.float64)
    return turns @ torch.diag_embed(values) @ turns.transpose(1, 2)


def test_a_root_s_square_is_the_matrix() -> None:
    matrices = _positive(50, 1e-3)
    root = symmetric_root(matrices)
    torch.testing.assert_close(root @ root, matrices, atol=1e-12, rtol=1e-9)
    torch.testing.assert_close(root, root.transpose(1, 2))
    values, vectors = torch.linalg.eigh(matrices.float())
    expected = vectors @ torch.diag_embed(values.sqrt()) @ vectors.transpose(1, 2)
    torch.testing.assert_close(symmetric_root(matrices.float()), expected, atol=2e-6, rtol=1e-5)


def test_nothing_has_no_root_but_nothing() -> None:
    assert torch.equal(symmetric_root(torch.zeros(2, 3, 3)), torch.zeros(2, 3, 3))


def test_an_inverse_times_its_matrix_is_the_identity() -> None:
    matrices = torch.randn(20, 3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = torch.eye(3, dtype=torch.float64).expand(20, 3, 3)
    torch.testing.assert_close(inverse_3(matrices) @ matrices, expected)
    torch.testing.assert_close(inverse_3(matrices[0]), torch.linalg.inv(matrices[0]))
