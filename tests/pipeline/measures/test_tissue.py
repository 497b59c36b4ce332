"""Tissue and ventricle volumes of an image: laws."""

import numpy as np
import pytest

from brainaging.pipeline.measures.tissue import (
    DEPTH_MM,
    head_sizes,
    tissue_distances,
    tissue_volumes,
    ventricle_region,
)
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.anatomies import phantom
from brainaging.transforms import get_grid, head_size_ml, template_mask, template_volume


def test_tissue_is_what_head_size_measures_and_gain_changes_nothing():
    volume = template_volume("t1w_64")
    plain, brighter = (tissue_volumes(v[None], "t1w_64") for v in (volume, 3 * volume))
    assert plain["grey"][0] + plain["white"][0] == pytest.approx(head_size_ml(volume, 3.0))
    for name in plain:
        assert brighter[name][0] == pytest.approx(plain[name][0], rel=1e-4)
    assert 5 < plain["ventricles"][0] < 60


def test_ventricles_that_grow_are_seen_to_grow():
    grid = get_grid("t1w_64")
    volume = template_volume(grid)
    x, y, z = np.moveaxis(
        np.indices(grid.shape).reshape(3, -1).T @ grid.affine[:3, :3].T + grid.affine[:3, 3], -1, 0
    ).reshape(3, *grid.shape)
    growth = []
    for radius in (0, 8, 11):
        hollow = (np.abs(x) - 8) ** 2 + (y + 2) ** 2 + (z - 16) ** 2 < radius**2
        growth.append(tissue_volumes(np.where(hollow, 0.1, volume)[None], grid)["ventricles"][0])
    assert growth[0] < growth[1] < growth[2]


def test_volumes_of_another_grid_are_refused():
    with pytest.raises(UserError, match="found \\(1, 32, 32, 32\\)"):
        tissue_volumes(np.zeros((1, 32, 32, 32)), "t1w_64")


def test_ventricles_lie_inside_the_brain_and_on_both_sides_alike():
    region = ventricle_region("t1w_48")
    assert not (region & ~template_mask("t1w_48")).any()
    np.testing.assert_array_equal(region, region[::-1])


def test_an_image_without_tissue_is_all_fluid():
    grid = get_grid("t1w_32")
    volumes = tissue_volumes(np.zeros((1, *grid.shape)), grid)
    assert volumes["grey"][0] == volumes["white"][0] == 0
    assert volumes["ventricles"][0] == pytest.approx(ventricle_region(grid).sum() * grid.voxel_ml)


def test_a_shift_of_all_volumes_is_their_distance():
    real = {name: np.arange(5.0) for name in ("grey", "white", "ventricles")}
    moved = {**real, "white": real["white"] + 3}
    assert tissue_distances(moved, real) == {"grey": 0, "white": pytest.approx(3), "ventricles": 0}


def test_head_sizes_are_each_volume_s_own():
    volume = template_volume("t1w_32")
    sizes = head_sizes(np.stack([volume, 2 * volume]), 6.0)
    np.testing.assert_allclose(sizes, head_size_ml(volume, 6.0))


def test_the_simulator_s_ventricles_are_as_deep():
    # the edit may not import the simulator, so the number stands twice; one definition is what the score discloses
    assert DEPTH_MM == phantom.DEPTH_MM
