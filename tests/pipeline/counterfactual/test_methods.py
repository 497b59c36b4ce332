"""The controls of an edit: what a map can do at best, what regression does, and nothing at all."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.methods import FixedMap, NoChange, RescaledHead, VoxelRegression
from brainaging.transforms import get_grid, head_size_ml, template_volume


def people(count: int = 40, seed: int = 0) -> Covariates:
    random = np.random.default_rng(seed)
    male = np.arange(count) % 2.0
    return Covariates(random.uniform(20, 80, count), male, 1400 * 1.1**male * random.uniform(0.9, 1.1, count))


def test_opposite_changes_of_men_and_women_do_not_cancel_in_the_best_single_map():
    random = np.random.default_rng(0)
    to_man = random.standard_normal((6, 5, 4))
    directions = np.where(np.arange(10) % 2, 1.0, -1.0)
    true = directions[:, None, None, None] * to_man + 0.3 * random.standard_normal((10, 6, 5, 4))
    maps = FixedMap.of_others(true.astype(np.float32), directions).maps
    for own, predicted in zip(true, maps, strict=True):
        assert np.corrcoef(own.ravel(), predicted.ravel())[0, 1] > 0.9
    # averaged as they are, they say nothing
    plain = FixedMap.of_others(true, np.ones(10)).maps
    assert np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(true, plain, strict=True)]) < 0.2


def test_nobodys_own_change_is_in_their_map():
    true = np.random.default_rng(1).standard_normal((7, 3, 3, 3))
    directions = np.array([1.0, -1, -1, 1, 1, -1, 1])
    before = FixedMap.of_others(true, directions).maps
    true[2] += 100
    after = FixedMap.of_others(true, directions).maps
    np.testing.assert_allclose(after[2], before[2], atol=1e-12)
    assert (np.abs(after[3] - before[3]) > 1).all()


def test_an_edit_that_goes_one_way_has_the_plain_mean_of_the_others():
    true = np.random.default_rng(2).standard_normal((5, 3, 3, 3)).astype(np.float32)
    maps = FixedMap.of_others(true, np.ones(5)).maps
    np.testing.assert_array_equal(maps, (true.sum(axis=0) - true) / 4)


def test_voxel_regression_predicts_planted_slopes():
    cohort = people()
    random = np.random.default_rng(3)
    by_age, by_sex = random.standard_normal((2, 4, 4, 4))
    volumes = (cohort.age[:, None, None, None] * by_age + cohort.male[:, None, None, None] * by_sex).astype(float)
    method = VoxelRegression.fit(volumes, cohort)
    after = cohort.older(10.0).as_sex(1 - cohort.male)
    signs = np.where(cohort.male > 0.5, -1.0, 1.0)[:, None, None, None]
    expected = 10 * by_age + signs * by_sex
    np.testing.assert_allclose(method.predicted_change(volumes, cohort, after), expected, atol=1e-3)


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_a_rescaled_head_is_as_much_larger_as_tissue_follows_head_size(share):
    grid = get_grid("t1w_32")
    cohort = people(24)
    template = template_volume(grid)
    design_scale = RescaledHead.fit(np.repeat(template[None], 24, axis=0), grid, cohort)
    assert np.abs(design_scale.slopes[1:]).max() < 1e-6
    slopes = design_scale.slopes.copy()
    slopes[design_scale.design.columns().index("head_size")] = 1.0
    method = RescaledHead(grid, design_scale.design, slopes)
    one = cohort[:1]
    change = method.predicted_change(template[None], one, one.with_head_size(share * one.head_size))[0]
    ratio = head_size_ml(template + change, grid.spacing) / head_size_ml(template, grid.spacing)
    assert ratio == pytest.approx(share, abs=0.02)


def test_no_change_is_none():
    assert not NoChange().predicted_change(np.ones((2, 3, 3, 3)), people(2), people(2).older(10)).any()
