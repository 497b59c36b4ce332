import numpy as np
import pytest
import torch

from brainaging.networks.splines import cubic_splines, spline_field


def test_weights_sum_to_one_four_a_row_and_are_the_textbook_s():
    positions = np.linspace(0, 5, 23)
    weights = cubic_splines(positions, -1, 6).toarray()
    distance = np.abs(positions[:, None] - np.arange(-1, 7))
    near, far = 2 / 3 - distance**2 + distance**3 / 2, np.clip(2 - distance, 0, None) ** 3 / 6
    np.testing.assert_allclose(weights, np.where(distance < 1, near, far), atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (np.count_nonzero(weights, axis=1) <= 4).all()


def test_a_line_in_the_coefficients_is_a_line():
    positions = np.linspace(0, 3, 11)
    np.testing.assert_allclose(cubic_splines(positions, -1, 4) @ np.arange(-1.0, 5.0), positions, atol=1e-12)


def test_a_position_beyond_the_knots_is_refused():
    with pytest.raises(ValueError, match="bounds"):
        cubic_splines(np.array([7.0]), -1, 4)


def test_a_field_is_the_product_of_its_axes_in_their_order():
    rng = np.random.default_rng(0)
    bases = [rng.standard_normal((size, knots)).astype(np.float32) for size, knots in ((4, 3), (5, 2), (6, 4))]
    coefficients = rng.standard_normal((2, 3, 3, 2, 4)).astype(np.float32)
    field = spline_field(torch.from_numpy(coefficients), [torch.from_numpy(basis) for basis in bases])
    np.testing.assert_allclose(
        field, np.einsum("xi,yj,zk,bcijk->bcxyz", *bases, coefficients), rtol=1e-4, atol=1e-5
    )
