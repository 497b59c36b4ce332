"""What steps read of an image, and how they give one back."""

import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.transforms import Flip

from brainaging.transforms import ScanError
from brainaging.transforms.steps.images import affine_of, array_of, channels_of, image_of, moved, name_of, settled


def test_several_channels_are_kept_or_refused_by_name():
    two = torch.zeros(2, 4, 5, 6)
    assert channels_of(two).shape == (2, 4, 5, 6)
    with pytest.raises(ScanError, match=r"t1w: expected one channel, \(1, X, Y, Z\), found 2 channels"):
        array_of(two, "t1w")
    with pytest.raises(ScanError, match=r"t1w: expected a MetaTensor with an affine, found Tensor"):
        affine_of(two, "t1w")


def test_a_file_names_an_image_and_its_key_where_there_is_none(image):
    assert name_of(image, "t1w") == "brain.nii"
    assert name_of(MetaTensor(torch.zeros(1, 2, 2, 2)), "t1w") == name_of("anything", "t1w") == "t1w"


def test_an_image_keeps_type_trace_and_device_of_what_it_came_from(image):
    image.push_applied_operation({"class": "Before"})
    made = image_of(np.zeros((2, 2, 2), np.float32), np.eye(4), like=image)
    assert made.applied_operations == image.applied_operations and name_of(made) == "brain.nii"
    assert image_of(torch.zeros(3, 2, 2, 2, dtype=torch.int32), np.eye(4), like=image).dtype == torch.int32
    np.testing.assert_array_equal(affine_of(made), np.eye(4))


def test_a_moved_image_has_the_same_voxels_and_leaves_the_first_where_it_was(image):
    own = affine_of(image)
    image.meta["original_affine"] = own.copy()
    motion = np.eye(4)
    motion[:3, 3] = (1, 2, 3)
    there = moved(image, motion)
    assert there.data_ptr() == image.data_ptr()
    np.testing.assert_allclose(affine_of(there), motion @ own)
    np.testing.assert_allclose(there.meta["original_affine"], motion @ own)
    np.testing.assert_array_equal(affine_of(image), own)
    np.testing.assert_allclose(affine_of(moved(there, np.linalg.inv(motion))), own)


def test_what_is_pending_is_done(image):
    pending = Flip(0, lazy=True)(image)
    assert pending.pending_operations
    done = settled(pending)
    assert not done.pending_operations
    np.testing.assert_allclose(array_of(done), array_of(Flip(0)(image)), atol=1e-3)
    assert settled("a path") == "a path"
