"""Normalising is the grid's rule, of each channel, for arrays and tensors alike."""

import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from brainaging.transforms import NormalizeOnGrid, NormalizeOnGridd, PlaceOnGrid, ScanError, normalize_intensity
from brainaging.transforms.steps.images import array_of


@pytest.fixture
def placed(image):
    return PlaceOnGrid("t1w_32")(image)


def test_normalising_is_the_grid_s_rule(placed):
    normal = NormalizeOnGridd("image", "t1w_32")({"image": placed})["image"]
    np.testing.assert_array_equal(array_of(normal), normalize_intensity(array_of(placed), "t1w_32"))
    assert normal.applied_operations == placed.applied_operations


def test_what_goes_in_comes_out_and_channels_do_not_see_each_other(placed):
    step = NormalizeOnGrid("t1w_32")
    expected = step(placed)
    array, tensor = placed.numpy(), placed.as_tensor()
    assert type(step(array)) is np.ndarray and type(step(tensor)) is torch.Tensor
    assert type(expected) is MetaTensor
    np.testing.assert_array_equal(step(array), expected.numpy())
    both = step(torch.cat([tensor, 7 * tensor]))
    assert both.shape[0] == 2
    torch.testing.assert_close(both[1], both[0])
    assert torch.equal(both[0], expected[0].as_tensor())


def test_a_volume_without_channels_is_refused():
    with pytest.raises(ScanError, match=r"t1w: expected channels first, \(C, X, Y, Z\), found 3 axes"):
        NormalizeOnGridd("t1w", "t1w_32")({"t1w": np.zeros((4, 4, 4), np.float32)})
