"""Deformations: read, turned round, and measured."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.elastic.deformations import NEAR, inverse, jacobian, read


@pytest.fixture
def wave():
    x, y, z = np.indices((12, 13, 14)).astype(float)
    return np.stack([0.5 * np.sin(y / 2.5), 0.4 * np.cos(z / 3), 0.6 * np.sin(x / 2)])


def test_a_deformation_and_its_inverse_leave_points_where_they_are(wave):
    points = np.indices(wave.shape[1:]).astype(float)
    back = inverse(wave)
    there = points + back
    np.testing.assert_allclose(there + read(wave, there), points, atol=NEAR)


def test_a_linear_map_s_jacobian_is_its_determinant():
    matrix = np.array([[0.2, 0.1, 0.0], [0.0, -0.1, 0.2], [0.1, 0.0, 0.1]])
    field = np.tensordot(matrix, np.indices((6, 7, 8)).astype(float), 1)
    np.testing.assert_allclose(jacobian(field), np.linalg.det(np.eye(3) + matrix))


def test_lengths_that_grow_almost_fourfold_have_an_inverse():
    # slow to undo, and no fold: ventricles of old age
    field = np.zeros((3, 24, 6, 6))
    field[0] = 9.4 * np.tanh((np.arange(24) - 12) / 3.2)[:, None, None]
    assert jacobian(field).min() > 0 and jacobian(field).max() > 3.8
    points = np.indices(field.shape[1:]).astype(float)
    there = points + inverse(field)
    np.testing.assert_allclose(there + read(field, there), points, atol=NEAR)


def test_what_folds_has_no_inverse():
    field = np.zeros((3, 12, 12, 12))
    field[0] = 6.0 * np.sin(np.arange(12) * 2.0)[:, None, None]
    with pytest.raises(ValueError, match="no inverse"):
        inverse(field)
