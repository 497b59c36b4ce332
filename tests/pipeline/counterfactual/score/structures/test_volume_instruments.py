"""Instruments of volume: the same image has not changed, a grown ball is seen to grow, the same numbers twice."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES
from brainaging.pipeline.counterfactual.score.structures.volume_instruments import (
    INSTRUMENTS,
    LabelledScan,
    by_registration,
    half_step_affine,
)
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")
WHITE = NAMES.index("left cerebral white matter")


def ball(radius: float, size: int, step: float) -> np.ndarray:
    """Return the share of every voxel within ``radius`` voxels of the middle."""
    axis = (np.arange(size) - (size - 1) / 2) * step
    away = np.sqrt(sum(part**2 for part in np.meshgrid(axis, axis, axis, indexing="ij")))
    return np.clip(radius - away / 1.0 + 0.5, 0, 1)


@pytest.fixture(scope="module")
def labelled() -> LabelledScan:
    """A head with a ventricle in its white matter."""
    scan = ball(12, 32, 1.0) - 0.8 * ball(5, 32, 1.0)
    labels = np.zeros((64, 64, 64), dtype=np.uint8)
    labels[ball(12, 64, 0.5) > 0.5] = 1 + WHITE
    labels[ball(5, 64, 0.5) > 0.5] = 1
    return LabelledScan(scan.astype(np.float32), labels, GRID.spacing)


def test_volumes_of_labels_are_those_of_balls(labelled):
    expected = 4 / 3 * np.pi * 5**3 * GRID.spacing**3 / 1000
    assert labelled.volumes()[0] == pytest.approx(expected, rel=0.05)
    np.testing.assert_allclose(labelled.volumes(np.full(labelled.scan.shape, 1.5)), 1.5 * labelled.volumes())
    np.testing.assert_allclose(labelled.shares().sum(axis=(1, 2, 3)) * GRID.spacing**3 / 1000, labelled.volumes())


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_the_same_image_has_not_changed_and_larger_ventricles_are_seen(labelled, instrument):
    measure = INSTRUMENTS[instrument]
    np.testing.assert_array_equal(measure(labelled, labelled.scan), 0)
    grown = (ball(12, 32, 1.0) - 0.8 * ball(5.3, 32, 1.0)).astype(np.float32)
    shrunk = (ball(12, 32, 1.0) - 0.8 * ball(4.7, 32, 1.0)).astype(np.float32)
    truly = labelled.volumes()[0] * (1.06**3 - 1)
    assert 0.3 * truly < measure(labelled, grown)[0] < 1.3 * truly
    assert measure(labelled, shrunk)[0] < -0.3 * truly
    # its surroundings give way
    assert measure(labelled, grown)[WHITE] < 0


def test_registration_gives_the_same_numbers_twice(labelled):
    grown = (ball(12, 32, 1.0) - 0.8 * ball(5.5, 32, 1.0)).astype(np.float32)
    np.testing.assert_array_equal(by_registration(labelled, grown), by_registration(labelled, grown))


def test_eight_points_at_half_a_step_lie_about_every_voxel_s_centre():
    affine = half_step_affine(GRID)
    points = np.array([[x, y, z, 1] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) @ affine.T
    np.testing.assert_allclose(points.mean(axis=0), GRID.affine @ [0, 0, 0, 1])
    assert np.ptp(points[:, 0]) == pytest.approx(GRID.spacing / 2)
