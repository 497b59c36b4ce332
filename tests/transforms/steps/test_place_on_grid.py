"""Images are placed at physical scale, label maps by the nearest voxel, and both come back."""

import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from brainaging.transforms import PlaceOnGrid, PlaceOnGridd, ScanError, get_grid, place
from brainaging.transforms.steps.images import affine_of, array_of, image_of


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


def test_every_channel_is_kept_and_placed_as_it_would_be_alone(image):
    two = MetaTensor(torch.cat([image, 2 * image]).as_tensor(), affine=image.affine)
    step = PlaceOnGrid("t1w_32")
    both, alone = step(two), step(image)
    assert both.shape == (2, 32, 32, 32)
    assert torch.equal(both[0].as_tensor(), alone[0].as_tensor())
    torch.testing.assert_close(both[1].as_tensor(), 2 * alone[0].as_tensor())
    assert step.inverse(both).shape == two.shape


def test_a_label_map_keeps_its_labels_its_type_and_its_place(image, label):
    step = PlaceOnGridd(["image", "label"], "t1w_48", mode=["bilinear", "nearest"])
    placed = step({"image": image, "label": label})
    assert placed["label"].dtype == torch.int32 and set(placed["label"].unique().tolist()) == {0, 1, 5}
    assert {"template_dice"} == set(placed) - {"image", "label"}  # a map is held against nothing
    bright = array_of(placed["label"]) > 0
    inside = array_of(placed["image"])
    assert inside[bright].mean() > 600 > 200 > inside[~bright].mean()
    back = step.inverse(placed)["label"]
    assert back.dtype == torch.int32
    same = array_of(back) == array_of(label)
    assert same.mean() > 0.93


def test_labels_on_an_aligned_lattice_of_the_same_spacing_come_back_to_the_last_voxel(label):
    step = PlaceOnGrid("t1w_96", "nearest")  # 2 mm, as the label map is: only shifted
    back = step.inverse(step(label))
    assert torch.equal(back.as_tensor(), label.as_tensor())


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode: expected one of bilinear, nearest, found 'cubic'"):
        PlaceOnGridd("image", "t1w_32", mode="cubic")
