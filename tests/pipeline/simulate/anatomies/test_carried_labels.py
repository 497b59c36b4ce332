"""Ventricles are the scan's own connected deep fluid; labels follow the template's, but for these."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.anatomies.anatomy import LATTICE
from brainaging.pipeline.simulate.anatomies.carried_labels import (
    carry_labels,
    cortex_and_cerebellum,
    own_ventricles,
    structures,
)
from brainaging.pipeline.simulate.anatomies.placed_scan import GRID

SIZE = 40


@pytest.fixture
def cube():
    """Carried labels of a cube: cortex around white matter around a ventricle; radii from the middle."""
    where = np.stack(np.meshgrid(*[np.arange(SIZE) - SIZE / 2 + 0.5] * 3, indexing="ij"), -1)
    radius = np.abs(where).max(axis=-1)
    labels = np.where(radius < 4, 4, np.where(radius < 14, 2, np.where(radius < 18, 1028, 0))).astype(np.int32)
    return labels, radius, radius < 18


def test_ventricles_twice_as_wide_as_the_template_s_are_found_whole(cube):
    labels, radius, brain = cube
    fluid = ((radius < 7) | (radius > 16)).astype(np.float32)
    found = own_ventricles(labels, fluid, brain)
    np.testing.assert_array_equal(found > 0.5, radius < 7)


def test_narrow_ventricles_are_not_made_as_wide_as_the_template_s(cube):
    labels, radius, brain = cube
    found = own_ventricles(labels, (radius < 2).astype(np.float32), brain)
    assert (found > 0.5).sum() == (radius < 2).sum()


def test_fluid_that_is_not_connected_or_nearer_to_the_cortex_is_no_ventricle(cube):
    labels, radius, brain = cube
    fluid = ((radius < 3) | ((radius > 5) & (radius < 6)) | (radius > 12)).astype(np.float32)
    found = own_ventricles(labels, fluid, brain)
    np.testing.assert_array_equal(found > 0.5, radius < 3)


def test_a_partly_filled_rim_belongs_by_its_share(cube):
    labels, radius, brain = cube
    fluid = np.where(radius < 4, 1.0, np.where(radius < 5, 0.3, 0.0)).astype(np.float32)
    found = own_ventricles(labels, fluid, brain)
    faces = (radius < 5) & (radius > 4) & (found > 0)
    assert faces.any()
    np.testing.assert_allclose(found[faces], 0.3)


def test_cortex_and_cerebellum_part_grey_matter_and_leave_deep_grey_alone(cube):
    labels, radius, _ = cube
    labels = labels.copy()
    labels[:10][labels[:10] > 0] = 8
    deep = (radius >= 4) & (radius < 7) & (np.arange(SIZE)[:, None, None] >= 10)
    labels[deep] = 10
    grey = np.ones(labels.shape, np.float32)
    cortex, cerebellum = cortex_and_cerebellum(labels, grey)
    assert not (cortex * cerebellum).any()
    assert cerebellum[:10][labels[:10] == 8].all()
    assert not cortex[deep].any()
    # what the atlas leaves empty belongs to the nearest
    assert cortex[-1, 20, 20] == 1


def test_labels_at_template_points_are_the_atlas_s():
    points = np.array([[-10.0, -20.0, 8.0], [10.0, -20.0, 8.0], [0.0, 200.0, 0.0]], np.float32)
    assert carry_labels(points).tolist() == [10, 49, 0]


def test_structures_have_the_own_ventricles_and_lie_on_the_fields_lattice():
    index = np.indices(GRID.shape)
    middle = np.array(GRID.shape)[:, None, None, None] / 2
    radius = np.abs(index - middle).max(axis=0)
    carried = np.where(radius < 10, 4, np.where(radius < 60, 2, 0)).astype(np.int32)
    wider = structures(carried, (radius < 20).astype(np.float32), radius < 60)
    gone = structures(carried, np.zeros(GRID.shape, np.float32), radius < 60)
    assert wider.shape == LATTICE.shape
    assert (wider == 4).sum() == pytest.approx(10**3, rel=0.3)
    assert set(np.unique(wider)) == {0, 2, 4}
    assert set(np.unique(gone)) == {0, 2}
