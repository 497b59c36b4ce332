"""A cohort in one shape: laws of mirroring, volumes of the template's brain, and who is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainaging.pipeline.counterfactual.cohort_alignment import (
    ALIGNED,
    align_cohort,
    aligned_grid,
    mirror_images,
    mirror_velocities,
    misfit,
    new_alignment,
    thinned,
    warped_ml,
)
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, template_mask

GRID = get_grid(ALIGNED)


def test_scans_of_the_aligned_grid_are_left_as_they_are_and_finer_ones_are_thinned():
    coarse = np.random.default_rng(0).random((2, *GRID.shape), dtype=np.float32)
    np.testing.assert_array_equal(thinned(coarse, GRID).numpy(), coarse)
    fine = np.full((1, *get_grid("t1w_48").shape), 0.5, dtype=np.float32)
    middle = thinned(fine, get_grid("t1w_48")).numpy()[0, 8:24, 8:24, 8:24]
    np.testing.assert_allclose(middle, 0.5, atol=1e-5)


def test_a_grid_of_another_field_of_view_is_refused():
    with pytest.raises(UserError, match="expected a cube of 192 mm"):
        aligned_grid(replace(GRID, name="small", spacing=4.0))


def test_mirroring_twice_is_nothing():
    alignment = new_alignment(24.0)
    velocities = np.random.default_rng(0).standard_normal((3, alignment.size)).astype(np.float32)
    twice = mirror_velocities(alignment, mirror_velocities(alignment, velocities))
    np.testing.assert_array_equal(twice, velocities)
    images = np.random.default_rng(1).standard_normal((2, GRID.shape[0] ** 3))
    np.testing.assert_array_equal(mirror_images(mirror_images(images)), images)


def test_mirrored_velocities_move_as_a_mirror_does():
    alignment = new_alignment(24.0)
    velocity = 4 * np.random.default_rng(2).standard_normal((1, alignment.size)).astype(np.float32)
    flow, mirrored = (
        alignment.flow(torch.from_numpy(each))[0].numpy()
        for each in (velocity, mirror_velocities(alignment, velocity))
    )
    expected = flow[:, ::-1] * np.array([-1.0, 1, 1])[:, None, None, None]
    np.testing.assert_allclose(mirrored, expected, atol=1e-3)


def test_the_templates_brain_fills_itself_where_nothing_moves():
    alignment = new_alignment(48.0)
    filled = warped_ml(alignment, torch.zeros(1, alignment.size))
    assert filled == pytest.approx(template_mask(ALIGNED).sum() * GRID.voxel_ml)


def test_misfit_is_that_of_the_voxels_that_are_compared():
    alignment = new_alignment(48.0)
    template = torch.rand(GRID.shape, generator=torch.Generator().manual_seed(0))
    alignment.template = template
    inside = alignment.inside.numpy()
    off = template.numpy() + np.where(inside, 0.2, 9.0)
    np.testing.assert_allclose(misfit(alignment, np.stack([template.numpy(), off])), [0.0, 0.2], atol=1e-6)


def test_alignment_brings_people_nearer_to_each_other(small_cohort):
    inside = small_cohort.aligned.alignment.inside.numpy()
    before, after = (
        scans[:, inside].std(axis=0).mean() for scans in (small_cohort.volumes, small_cohort.aligned.warped)
    )
    assert after < 0.8 * before
    np.testing.assert_allclose(small_cohort.aligned.velocities.mean(axis=0), 0, atol=1e-4)
    true = np.log([small_cohort.truth.causes[subject].head_size for subject in small_cohort.subjects])
    assert np.corrcoef(true, np.log(small_cohort.aligned.head_size))[0, 1] > 0.9


def test_too_few_scans_are_refused():
    with pytest.raises(UserError, match="at least 20 scans to learn from, found 3"):
        align_cohort(np.zeros((3, *GRID.shape)), GRID, np.arange(3.0), np.zeros(3))
