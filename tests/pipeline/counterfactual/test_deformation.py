"""The laws of an edit: nothing by nothing, there and back, own tissue beside the template's velocities."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainaging.pipeline.counterfactual.cohort_alignment import new_alignment
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.own_tissue import COMPONENTS
from brainaging.pipeline.measures.own_anatomy import own_volumes
from brainaging.transforms import get_grid, template_volume

GRID = get_grid("t1w_32")


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


def test_own_tissue_moves_beside_the_template_and_comes_back(edit, moved):
    scan, person, velocity = moved
    amplitudes = np.zeros((len(edit.velocities), len(COMPONENTS)))
    amplitudes[edit.design.columns().index("age"), COMPONENTS.index("ventricles")] = 0.3
    still = replace(edit, velocities=0 * edit.velocities, contrast=0 * edit.contrast)
    growing = replace(still, amplitudes=amplitudes)
    assert not growing.predicted_change(scan, person, person, velocity).any()
    after = person.older(10.0)
    assert not still.predicted_change(scan, person, after, velocity).any()
    there = growing.predicted_change(scan, person, after, velocity)
    filled = [own_volumes(each, GRID)["ventricles"][0] for each in (scan, (scan + there).astype(np.float32))]
    assert filled[1] > 1.05 * filled[0]
    back = growing.predicted_change((scan + there).astype(np.float32), after, person, velocity)
    assert 0 < np.linalg.norm(there + back) < 0.4 * np.linalg.norm(there)


@pytest.mark.parametrize("own", [False, True])
def test_change_and_motion_together_are_what_they_are_one_by_one(edit, moved, own: bool):
    scan, person, velocity = moved
    amplitudes = np.full((len(edit.velocities), len(COMPONENTS)), 0.02) if own else None
    both = replace(edit, amplitudes=amplitudes)
    after = person.older(10.0)
    change, motion = both.change_and_motion(scan[0], velocity, person, after)
    np.testing.assert_array_equal(change, both.predicted_change(scan, person, after, velocity)[0])
    alone = both.motion(scan[0], velocity, person, after)
    np.testing.assert_array_equal(motion.displacement, alone.displacement)
    np.testing.assert_array_equal(motion.intensity, alone.intensity)


def test_where_points_go_is_the_inverse_of_where_they_are_read(edit, moved):
    scan, person, velocity = moved
    steps = edit.velocity_step(person, person.older(10.0))[0]
    tissue, amplitudes = edit.tissue_of(scan[0]), np.array([0.3, *[0.05] * 6, 0.0, 0.0])
    read = edit.warp_change(scan[0], velocity[0], steps, amplitudes)[1] / GRID.spacing
    goes = edit.destination(velocity[0], steps, tissue, amplitudes) / GRID.spacing
    both = edit._lattice.at(torch.from_numpy(read)[None].float(), torch.from_numpy(goes)[None].float())[0].numpy()
    left = np.linalg.norm(both + goes, axis=0)[4:-4, 4:-4, 4:-4]
    assert left.mean() < 0.1 * np.linalg.norm(goes, axis=0)[4:-4, 4:-4, 4:-4].mean()
