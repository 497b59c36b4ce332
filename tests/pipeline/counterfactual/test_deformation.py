"""A scan moved is read between its voxels and loses little there; the laws of an edit."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.counterfactual.cohort_alignment import new_alignment
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.deformation import Deformation, resampled
from brainaging.transforms import get_grid, template_volume

GRID = get_grid("t1w_32")


@pytest.fixture(scope="module")
def volume() -> np.ndarray:
    """A plate of fluid two voxels wide in tissue, as wide as ventricles are at 4 mm, and noise."""
    image = np.zeros((24, 24, 24), dtype=np.float32)
    image[4:20, 4:20, 4:20] = 1.0
    image[11:13, 6:18, 6:18] = 0.0
    return gaussian_filter(image, 0.6) + 0.01 * np.random.default_rng(0).standard_normal(image.shape, np.float32)


def shifted(by: tuple[float, float, float]) -> np.ndarray:
    return np.broadcast_to(np.array(by, dtype=np.float32)[:, None, None, None], (3, 24, 24, 24)).copy()


def test_by_whole_voxels_nothing_is_lost(volume):
    inner = (slice(6, 18),) * 3
    found = resampled(volume, shifted((2, -1, 0)))
    np.testing.assert_allclose(found[inner], np.roll(volume, (-2, 1, 0), (0, 1, 2))[inner], atol=1e-4)


def test_half_a_voxel_there_and_back_leaves_narrow_fluid_as_dark(volume):
    where = (slice(10, 14), slice(8, 16), slice(8, 16))
    again = resampled(resampled(volume, shifted((0.5, 0, 0))), shifted((-0.5, 0, 0)))
    fluid = [float((1 - image[where]).sum()) for image in (volume, again)]
    assert fluid[1] == pytest.approx(fluid[0], rel=0.02)


def test_what_does_not_move_keeps_its_value(volume):
    shift = shifted((0, 0, 0))
    assert (resampled(volume, shift) == volume).all()
    shift[0, :12] = 0.4
    found = resampled(volume, shift)
    assert (found[12:] == volume[12:]).all()
    assert (found[:12] != volume[:12]).any()


def test_beyond_the_field_of_view_lies_nothing(volume):
    assert np.abs(resampled(volume + 1, shifted((100, 0, 0)))).max() == 0


@pytest.fixture(scope="module")
def edit() -> Deformation:
    """An edit of random effects, smooth over knots of 48 mm."""
    alignment = new_alignment(48.0)
    random = np.random.default_rng(0)
    people = Covariates(random.uniform(20, 80, 30), np.arange(30) % 2.0, random.uniform(1200, 1600, 30))
    design = Design.of(people)
    shape = (len(design.columns()), alignment.size)
    velocities = random.standard_normal(shape).astype(np.float32)
    contrast = 0.02 * random.standard_normal((shape[0], GRID.shape[0] ** 3)).astype(np.float32)
    return Deformation(GRID, design, alignment, velocities, contrast)


@pytest.fixture(scope="module")
def moved(edit) -> tuple[np.ndarray, Covariates, np.ndarray]:
    """The template as a scan that lies elsewhere than the template, its covariates and its velocity."""
    velocity = 3 * np.random.default_rng(1).standard_normal((1, edit.alignment.size)).astype(np.float32)
    return template_volume(GRID)[None], Covariates(np.array([50.0]), np.array([0.0]), np.array([1400.0])), velocity


def test_no_step_is_no_change_to_the_last_bit(edit, moved):
    scan, person, velocity = moved
    assert not edit.predicted_change(scan, person, person, velocity).any()


def test_there_and_back_leaves_little(edit, moved):
    scan, person, velocity = moved
    after = person.older(10.0)
    there = edit.predicted_change(scan, person, after, velocity)
    step = edit.velocity_step(person, after)
    back = edit.predicted_change(scan + there, after, person, velocity + step)
    assert 0 < np.linalg.norm(there + back) < 0.2 * np.linalg.norm(there)


def test_the_round_trip_that_is_taken_out_is_a_fraction_of_a_voxel_and_all_that_is(edit, moved):
    scan, person, velocity = moved
    step = edit.velocity_step(person, person.older(10.0))[0]
    lattice = edit._lattice
    with torch.no_grad():
        out, back, stepped = (edit._flow(each) for each in (velocity[0], -velocity[0], -velocity[0] - step))
        round_trip = back + lattice.at(out, back)
        psi = stepped + lattice.at(out, stepped)
    shift = edit.warp_change(scan[0], velocity[0], step)[1] / GRID.spacing
    np.testing.assert_allclose(shift, (psi - round_trip)[0].numpy(), atol=1e-5)
    assert round_trip.abs().mean() < 0.05
    assert round_trip.abs().mean() < 0.2 * psi.abs().mean()


def test_contrast_is_added_where_the_template_lies_in_the_scan(edit):
    shade = np.zeros(GRID.shape, dtype=np.float32)
    shade[14:18, 14:18, 14:18] = 1.0
    still = np.zeros(edit.alignment.size, dtype=np.float32)
    np.testing.assert_allclose(edit.contrast_change(shade.ravel(), still), shade, atol=1e-5)
