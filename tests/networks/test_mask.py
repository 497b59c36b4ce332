"""Masks are taken from arrays and tensors alike, and refused where they hold no brain."""

import numpy as np
import pytest
import torch

from brainaging.networks.mask import checked_mask


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_a_mask_keeps_its_voxels(kind):
    mask = np.zeros((3, 4, 5), dtype=np.uint8)
    mask[1, 2, 3] = 1
    inside = checked_mask(kind(mask))
    assert inside.dtype == torch.bool
    assert inside.nonzero().tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("mask", [np.ones((3, 4), dtype=bool), np.zeros((3, 4, 5), dtype=bool)])
def test_no_volume_or_no_voxel_is_refused(mask):
    with pytest.raises(ValueError, match="three-dimensional and not empty, got shape"):
        checked_mask(mask)
