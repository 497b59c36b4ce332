"""A brain is measured, and a header that is wrong is mended for its label map too."""

import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from brainaging.transforms import CheckBrain, CheckBraind, ScanError
from brainaging.transforms.steps.images import affine_of, image_of


def test_measures_stand_in_meta_and_the_voxels_are_the_scan_s(image):
    checked = CheckBrain()(image)
    assert 1600 < checked.meta["head_size"] < 1900 and checked.meta["orientation"] == ""
    assert checked.data_ptr() == image.data_ptr() and "head_size" not in image.meta


def test_a_mended_header_is_the_label_map_s_too(brain_2mm, label):
    volume, affine = brain_2mm
    wrong = affine @ np.diag([1, -1, 1, 1.0])  # the header says that the second axis runs to the back
    wrong[1, 3] = affine[1, 3] + affine[1, 1] * (volume.shape[1] - 1)
    scan = image_of(volume, wrong, name="turned.nii")
    with pytest.raises(ScanError, match="lies as its header says"):
        CheckBrain()(scan)
    other = image_of(label.as_tensor(), wrong)
    mended = CheckBraind("image", orientation="fix", followers="label")({"image": scan, "label": other})
    assert mended["orientation"]
    np.testing.assert_allclose(affine_of(mended["label"]), affine_of(mended["image"]), atol=1e-9)


def test_several_channels_are_refused_by_name(image):
    two = MetaTensor(torch.cat([image, image]).as_tensor(), affine=image.affine)
    with pytest.raises(ScanError, match=r"t1w: expected one channel.*found 2 channels"):
        CheckBraind("t1w")({"t1w": two})


def test_a_rule_that_is_none_is_refused():
    with pytest.raises(ValueError, match="orientation: expected one of check, fix, trust, found 'guess'"):
        CheckBrain("guess")
