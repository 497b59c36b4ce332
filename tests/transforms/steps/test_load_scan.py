"""A scan is read alike from a path, from nibabel and from MONAI."""

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, Orientationd

from brainaging.transforms import LoadScan, LoadScand, ScanError
from brainaging.transforms.steps.images import affine_of, array_of, name_of


def test_a_path_a_nibabel_image_and_a_tensor_load_alike(brain_2mm, write_scan):
    volume, affine = brain_2mm
    path = write_scan(volume, affine)
    tensor = MetaTensor(torch.from_numpy(volume)[None], affine=torch.from_numpy(affine))
    loaded = [LoadScan()(scan) for scan in (str(path), nib.load(path), tensor)]
    for scan in loaded:
        np.testing.assert_array_equal(array_of(scan), volume)
        np.testing.assert_allclose(affine_of(scan), affine)
        assert scan.meta["intensity_form"] == ""
    assert name_of(loaded[0]) == str(path)


def test_anything_else_is_refused_by_its_key_and_type():
    with pytest.raises(ScanError, match="t1w: expected a path, a MetaTensor or a nibabel image, found list"):
        LoadScand("t1w")({"t1w": [1, 2]})


def test_what_another_project_did_before_can_still_be_undone(image):
    chain = Compose([Orientationd("image", "LPS", labels=None), LoadScand("image")])
    back = chain.inverse(chain({"image": image}))["image"]
    np.testing.assert_array_equal(array_of(back), array_of(image))
    np.testing.assert_allclose(affine_of(back), affine_of(image))
