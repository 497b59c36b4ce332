"""The inside of the skull: laws of the hull."""

import numpy as np
import pytest

from brainaging.pipeline.measures.own_anatomy import inside
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, template_volume
from brainaging.transforms.template import template_points


@pytest.fixture(scope="module")
def ball():
    """Return a function of a grid: a ball of 60 mm, and a slit of some width in mm cut into its top."""

    def made(name, width):
        grid = get_grid(name)
        x, y, z = (template_points(grid) - (0, -18, 6)).T.reshape(3, *grid.shape)
        whole = x**2 + y**2 + z**2 < 60**2
        slit = (np.abs(x) < width / 2) & (z > 0)
        return whole, np.where(whole & ~slit, np.float32(1), np.float32(0))

    return made


@pytest.mark.parametrize("name", ["t1w_48", "t1w_64", "t1w_96"])
def test_fissures_are_inside_and_wide_openings_are_not(ball, name):
    grid = get_grid(name)
    whole, narrow = ball(name, 12.0)
    filled = inside(narrow, grid)
    assert filled.sum() == pytest.approx(whole.sum(), rel=0.02)
    _, wide = ball(name, 48.0)
    assert inside(wide, grid).sum() < 0.9 * whole.sum()


def test_holes_are_inside(ball):
    grid = get_grid("t1w_48")
    _, volume = ball("t1w_48", 0.0)
    hollow = volume.copy()
    hollow[20:28, 20:28, 20:28] = 0
    np.testing.assert_array_equal(inside(hollow, grid), inside(volume, grid))
    assert inside(hollow, grid)[20:28, 20:28, 20:28].all()


def test_grids_agree_about_the_template():
    sizes = [inside(template_volume(name), name).sum() * get_grid(name).voxel_ml for name in ("t1w_48", "t1w_96")]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.03)
    assert 1800 < sizes[1] < 2150  # the template's brain mask, without its deeper cisterns, has 1883


def test_a_mirrored_scan_has_a_mirrored_hull():
    volume = template_volume("t1w_48")
    volume[10:14, 20:30, 30:] = 0
    np.testing.assert_array_equal(inside(volume[::-1], "t1w_48"), inside(volume, "t1w_48")[::-1])


def test_remnants_far_from_the_brain_are_outside():
    volume = template_volume("t1w_48")
    before = inside(volume, "t1w_48")
    volume[:4, :4, :4] = 0.8
    after = inside(volume, "t1w_48")
    assert not after[:8, :8, :8].any()
    # half maximum is of all that is there
    assert (after != before).sum() < 0.001 * before.sum()


def test_nothing_is_inside_an_empty_scan():
    assert not inside(np.zeros((32, 32, 32), np.float32), "t1w_32").any()


def test_a_scan_of_another_grid_is_refused():
    with pytest.raises(UserError, match="t1w_48, found"):
        inside(np.zeros((32, 32, 32), np.float32), "t1w_48")
