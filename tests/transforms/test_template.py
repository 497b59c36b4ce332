import numpy as np
import pytest

from brainaging.transforms import GRIDS, template_mask, template_volume


@pytest.mark.parametrize("name", ["t1w_32", "t1w_64", "t1w_96"])
def test_mask_has_the_brains_volume_and_lies_inside_the_grid(name):
    mask = template_mask(name)
    assert np.count_nonzero(mask) * GRIDS[name].voxel_ml == pytest.approx(1883, rel=0.01)
    for axis in range(3):
        assert not np.take(mask, (0, -1), axis).any()


def test_mask_and_volume_are_symmetric_left_to_right():
    np.testing.assert_array_equal(template_mask("t1w_64"), template_mask("t1w_64")[::-1])
    volume = template_volume("t1w_64")
    np.testing.assert_allclose(volume, volume[::-1], atol=1e-4)


def test_dilation_grows_by_the_distance_asked_for():
    mask, wider = template_mask("t1w_64"), template_mask("t1w_64", dilate_mm=6)
    assert (wider | ~mask).all() and wider.sum() > mask.sum()
    np.testing.assert_array_equal(template_mask("t1w_64", dilate_mm=2.9), mask)


def test_callers_may_write_into_what_they_get():
    mask = template_mask("t1w_32")
    mask[:] = False
    assert template_mask("t1w_32").any()
