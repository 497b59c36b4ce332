"""The template as an image, and a label map of it in the same voxels."""

import numpy as np
import pytest
import torch

from brainaging.transforms.steps.images import image_of


@pytest.fixture
def image(brain_2mm):
    volume, affine = brain_2mm
    return image_of(volume, affine, name="brain.nii")


@pytest.fixture
def label(brain_2mm):
    """Two labels: what is bright, and what is very bright."""
    volume, affine = brain_2mm
    labels = ((volume > 500) + 4 * (volume > 800)).astype(np.int32)
    return image_of(torch.from_numpy(labels)[None], affine, name="label.nii")
