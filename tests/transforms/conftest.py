"""The template as a scan on disk: the brain that every test of a chain may read."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from brainaging.transforms import resample
from brainaging.transforms.template import template_1mm


@pytest.fixture(scope="session")
def brain_2mm() -> tuple[np.ndarray, np.ndarray]:
    """The template at 2 mm in RAS, intensities near 1000, and its affine."""
    t1w, mask, affine = template_1mm()
    target = np.diag([2.0, 2.0, 2.0, 1.0])
    target[:3, 3] = (-95.0, -131.0, -85.0)
    shape = (96, 116, 96)
    # Stripped as scans are: a mask cuts the blurred rim off.
    inside = resample(mask.astype(np.float32), affine, target, shape) >= 0.5
    return np.where(inside, 1000 * resample(t1w, affine, target, shape), np.float32(0)), target


@pytest.fixture
def write_scan(tmp_path: Path) -> Callable[..., Path]:
    """Write an array as NIfTI and return the path."""

    def write(volume: np.ndarray, affine: np.ndarray, name: str = "scan.nii.gz") -> Path:
        image = nib.Nifti1Image(volume, affine)
        image.set_sform(affine, code=1)
        path = tmp_path / name
        nib.save(image, path)
        return path

    return write
