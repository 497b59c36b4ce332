"""Similarity of pairs and tissue volumes: laws."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity import pair_similarity, tissue_volumes
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, head_size_ml, template_mask, template_volume


@pytest.mark.parametrize(("grid", "measure"), [("t1w_32", "ssim"), ("t1w_64", "ms_ssim")])
def test_equal_brains_have_similarity_one_by_the_measure_that_the_grid_allows(grid, measure):
    volumes = np.repeat(template_volume(grid)[None], 3, axis=0)
    found = pair_similarity(volumes, template_mask(grid), np.random.default_rng(0), 4)
    assert found.mean == pytest.approx(1, abs=1e-5)
    assert found.measure == measure


def test_a_pair_is_never_one_brain_twice():
    volumes = np.stack([template_volume("t1w_32"), 0.5 * template_volume("t1w_32")])
    found = pair_similarity(volumes, template_mask("t1w_32"), np.random.default_rng(0), 20)
    assert found.mean < 0.999
    assert found.error == pytest.approx(0, abs=1e-6)


def test_one_volume_has_no_pairs():
    with pytest.raises(UserError, match="at least 2 volumes, found 1"):
        pair_similarity(np.zeros((1, 32, 32, 32)), template_mask("t1w_32"), np.random.default_rng(0))


def test_tissue_is_what_head_size_measures_and_gain_changes_nothing():
    volume = template_volume("t1w_64")
    one, other = (tissue_volumes(v[None], "t1w_64") for v in (volume, 3 * volume))
    assert one["grey"][0] + one["white"][0] == pytest.approx(head_size_ml(volume, 3.0))
    for name in one:
        assert other[name][0] == pytest.approx(one[name][0], rel=1e-4)
    assert 5 < one["ventricles"][0] < 60


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
