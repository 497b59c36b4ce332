"""The steps of the chain, one by one."""

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from brainaging.transforms import (
    CheckBraind,
    LoadScand,
    NormalizeOnGridd,
    PlaceOnGridd,
    ScanError,
    get_grid,
    normalize_intensity,
    place,
)
from brainaging.transforms.dictionary import affine_of, array_of, image_of, name_of


@pytest.fixture
def image(brain_2mm):
    volume, affine = brain_2mm
    return image_of(volume, affine, name="brain.nii")


def test_a_path_a_nibabel_image_and_a_tensor_load_alike(brain_2mm, write_scan):
    volume, affine = brain_2mm
    path = write_scan(volume, affine)
    tensor = MetaTensor(torch.from_numpy(volume)[None], affine=torch.from_numpy(affine))
    loaded = [LoadScand("image")({"image": scan})["image"] for scan in (str(path), nib.load(path), tensor)]
    for scan in loaded:
        np.testing.assert_array_equal(array_of(scan), volume)
        np.testing.assert_allclose(affine_of(scan), affine)
    assert name_of(loaded[0]) == str(path)


def test_anything_else_is_refused_by_its_type():
    with pytest.raises(ScanError, match="a path, a MetaTensor or a nibabel image, found list"):
        LoadScand("image")({"image": [1, 2]})


def test_measures_are_named_after_the_key_where_there_are_several(image):
    names = ("head_size", "orientation", "intensity_form")
    assert set(CheckBraind("image")({"image": image})) == {"image", *names}
    both = CheckBraind(["first", "second"])({"first": image, "second": image})
    measures = {f"{name}_{key}" for name in names for key in ("first", "second")}
    assert set(both) == {"first", "second"} | measures
    assert both["head_size_first"] == both["head_size_second"]


def test_placing_is_the_array_s_and_its_inverse_gives_the_scan_s_own_voxels(image, brain_2mm):
    volume, affine = brain_2mm
    grid = get_grid("t1w_96")
    step = PlaceOnGridd("image", grid)
    placed = step({"image": image})
    np.testing.assert_array_equal(array_of(placed["image"]), place(volume, affine, grid))
    assert placed["image"].meta["grid"] == grid.fingerprint
    back = step.inverse(placed)["image"]
    assert back.shape == image.shape
    assert "grid" not in back.meta
    np.testing.assert_allclose(affine_of(back), affine)
    assert np.corrcoef(array_of(back).ravel(), volume.ravel())[0, 1] > 0.98


def test_a_brain_that_lies_elsewhere_is_refused_with_what_to_do(brain_2mm):
    volume, affine = brain_2mm
    moved = affine.copy()
    moved[:3, 3] += 60
    with pytest.raises(ScanError, match=r"far\.nii: expected a brain on the template.*space='native'"):
        PlaceOnGridd("image", "t1w_32")({"image": image_of(volume, moved, name="far.nii")})


def test_normalising_is_the_grid_s_rule(image):
    grid = get_grid("t1w_48")
    placed = PlaceOnGridd("image", grid)({"image": image})
    normal = NormalizeOnGridd("image", grid)(placed)["image"]
    np.testing.assert_array_equal(array_of(normal), normalize_intensity(array_of(placed["image"]), grid))
