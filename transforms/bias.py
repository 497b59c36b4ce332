"""N4 bias field correction (Tustison et al., IEEE TMI 2010) of stripped scans, by SimpleITK."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk
from monai.config import KeysCollection
from monai.transforms import MapTransform

from brainaging.transforms.brain import brain_mask
from brainaging.transforms.checks.image_form import real_array
from brainaging.transforms.dictionary import affine_of, array_of, image_of

FIT_MM = 4.0
"""The field is smooth, so it is fitted on voxels of about this size and evaluated on the scan's own."""


def correct_bias(volume: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Divide a stripped scan by its fitted bias field, whose mean over the brain is kept at 1.

    Args:
        volume: (X, Y, Z) float32.
        spacing: (3,) voxel size in mm.

    Returns:
        (X, Y, Z) float32, 0 where it was 0 or below.

    Raises:
        ScanError: no volume of finite real numbers.
    """
    volume = real_array(volume, "correct_bias", finite=True)
    positive = np.maximum(volume, 0, dtype=np.float32)
    image = sitk.GetImageFromArray(np.ascontiguousarray(positive.T))
    image.SetSpacing([float(size) for size in spacing])
    mask = sitk.GetImageFromArray(np.ascontiguousarray((brain_mask(volume) & (volume > 0)).T).astype(np.uint8))
    mask.CopyInformation(image)
    shrink = [max(1, round(FIT_MM / float(size))) for size in spacing]
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetNumberOfThreads(1)  # the same scan gives the same field
    n4.SetMaximumNumberOfIterations([50, 50, 30])
    n4.Execute(sitk.Shrink(image, shrink), sitk.Shrink(mask, shrink))
    log_field = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(image)).T
    inside = positive > 0
    centred = log_field - log_field[inside].mean()
    return np.where(inside, positive / np.exp(centred), np.float32(0)).astype(np.float32)


class CorrectBiasd(MapTransform):
    """N4 on each key."""

    def __init__(self, keys: KeysCollection, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Correct each key."""
        result = dict(data)
        for key in self.key_iterator(result):
            affine = affine_of(result[key])
            volume = correct_bias(array_of(result[key]), np.linalg.norm(affine[:3, :3], axis=0))
            result[key] = image_of(volume, affine, like=result[key])
        return result
