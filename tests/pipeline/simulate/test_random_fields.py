"""Random fields: unit variance, mirror symmetry as asked."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.random_fields import nearly_symmetric, random_field, unit_splines


def test_unit_normal_coefficients_give_unit_variance():
    axes = [np.arange(-60, 61, 6).astype(np.float32)] * 3
    bases = [unit_splines(axis, 20.0) for axis in axes]
    knots = [basis.shape[1] for basis in bases]
    field = random_field(bases, np.random.default_rng(0).standard_normal((40, *knots)).astype(np.float32))
    assert field.shape == (40, 21, 21, 21)
    assert field.dtype == np.float32
    assert field.var() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(("asymmetry", "correlation"), [(0.0, 1.0), (0.1, 0.8), (0.5, 0.0), (1.0, -1.0)])
def test_sides_correlate_as_asymmetry_says(asymmetry, correlation):
    draws = np.random.default_rng(1).standard_normal((3, 8, 40, 40)).astype(np.float32)
    coefficients = nearly_symmetric(draws, asymmetry)
    mirror = coefficients[:, ::-1] * np.array([-1, 1, 1])[:, None, None, None]
    assert np.corrcoef(coefficients.ravel(), mirror.ravel())[0, 1] == pytest.approx(correlation, abs=0.03)
    assert coefficients.var() == pytest.approx(1, rel=0.03)
