"""A NIfTI file whose bytes its values decide."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from brainaging.pipeline.runtime import atomic_output


def write_volume(path: Path, values: NDArray[Any], affine: NDArray[np.float64]) -> None:
    """Write a NIfTI file atomically; equal values give equal bytes (no time, no file name in the gzip header)."""
    image = nib.nifti1.Nifti1Image(values, affine)
    image.header.set_xyzt_units("mm")
    image.set_qform(affine, code="mni")
    image.set_sform(affine, code="mni")
    with atomic_output(path) as temporary:
        image.to_filename(temporary)
