"""N4 bias field correction (Tustison et al., IEEE TMI 2010) of stripped scans, by SimpleITK."""

import numpy as np
import SimpleITK as sitk
from monai.config import KeysCollection
from monai.data import MetaTensor

from brainaging.transforms.brain import brain_mask
from brainaging.transforms.checks.image_form import real_array
from brainaging.transforms.steps.images import affine_of, array_of, image_of
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform

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


class CorrectBias(ImageStep):
    """N4 on an image (1, X, Y, Z), on the CPU; the image comes back to its own device."""

    def apply(self, image: MetaTensor, what: str) -> MetaTensor:
        """Correct it.

        Raises:
            ScanError: no image of one channel with an affine.
        """
        affine = affine_of(image, what)
        volume = correct_bias(array_of(image, what), np.linalg.norm(affine[:3, :3], axis=0))
        return image_of(volume, affine, like=image)


class CorrectBiasd(ScanTransform):
    """`CorrectBias` on each key.

    Args:
        keys: the entries that it works on.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, CorrectBias(), allow_missing_keys)
