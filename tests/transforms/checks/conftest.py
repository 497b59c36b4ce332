"""Clean scans that lie on the template, whose intensities tests may change: one simulated, one real."""

import numpy as np
import pytest

from brainaging.transforms import read_scan, register, resample
from brainaging.transforms.template import template_1mm


def _phantom():
    """The template at 2 mm with the rim that a mask of 5 % leaves, and a magnitude image's noise."""
    t1w, mask, affine = template_1mm()
    target = np.diag([2.0, 2.0, 2.0, 1.0])
    target[:3, 3] = (-95.0, -131.0, -85.0)
    shape = (96, 116, 96)
    inside = resample(mask.astype(np.float32), affine, target, shape) > 0.05
    signal = 1000 * resample(t1w, affine, target, shape)
    noise = np.random.default_rng(0).normal(0, 20, (2, *shape)).astype(np.float32)
    return np.where(inside, np.hypot(signal + noise[0], noise[1]), np.float32(0)), target


@pytest.fixture(scope="session", params=["phantom", "real"])
def clean(request):
    """Return a stripped brain (X, Y, Z) of 0 outside and positive inside, and its affine in template mm."""
    if request.param == "phantom":
        return _phantom()
    folder = request.getfixturevalue("shared_data") / "ds002748"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    volume, affine = read_scan(folder / "sub-16" / "anat" / "sub-16_T1w.nii.gz")
    thin = np.ascontiguousarray(volume[::2, ::2, ::2])
    affine = affine @ np.diag([2.0, 2.0, 2.0, 1.0])
    return thin, register(thin, affine).affine @ affine
