"""Cells: exact volumes, their gradient, and that what is held at the edge holds the whole."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.elastic.hexahedra import Cells


@pytest.fixture
def cells():
    free = np.zeros((7, 8, 6), bool)
    free[2:5, 2:6, 2:4] = True
    return Cells.around(free)


@pytest.fixture
def shaken(cells):
    positions = 3.0 * cells.points
    positions[: cells.free] += np.random.default_rng(0).uniform(-1, 1, (cells.free, 3))
    return positions


def test_a_cell_at_rest_is_a_cube(cells):
    volumes, _ = cells.volumes(3.0 * cells.points)
    np.testing.assert_allclose(volumes, 27.0)


def test_a_linear_map_multiplies_volumes_by_its_determinant(cells):
    matrix = np.array([[1.2, 0.1, 0.0], [0.0, 0.9, 0.2], [0.1, 0.0, 1.1]])
    volumes, _ = cells.volumes(cells.points @ matrix.T)
    np.testing.assert_allclose(volumes, np.linalg.det(matrix))


def test_whatever_moves_inside_the_volumes_sum_to_what_the_edge_holds(cells, shaken):
    volumes, _ = cells.volumes(shaken)
    assert volumes.sum() == pytest.approx(27.0 * len(cells.corners), rel=1e-12)
    assert volumes.std() > 1


def test_the_gradient_is_that_of_the_volumes(cells, shaken):
    volumes, gradient = cells.volumes(shaken)
    motion = np.random.default_rng(1).normal(size=(cells.free, 3))
    moved = shaken.copy()
    moved[: cells.free] += 1e-6 * motion
    np.testing.assert_allclose(
        cells.matrix(gradient) @ motion.T.ravel(), (cells.volumes(moved)[0] - volumes) / 1e-6, atol=1e-3
    )


def test_a_cell_turned_inside_out_has_a_negative_volume(cells):
    volumes, _ = cells.volumes(cells.points * np.array([-3.0, 3.0, 3.0]))
    np.testing.assert_allclose(volumes, -27.0)


@pytest.mark.parametrize("where", [(0, 3, 3), None])
def test_free_points_on_the_edge_and_none_at_all_are_refused(where):
    free = np.zeros((5, 6, 7), bool)
    if where:
        free[where] = True
    with pytest.raises(ValueError, match="free points: expected some"):
        Cells.around(free)
