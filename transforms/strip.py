"""Strip the skull on request, with a package that the user installs: the extra `strip` of this one.

deepbet (Fisch et al., Comput. Biol. Med. 2024, MIT licence) ships its weights inside its wheel, so nothing is
downloaded when it runs.
"""

from collections.abc import Callable

import nibabel as nib
import numpy as np
from monai.config import KeysCollection
from monai.data import MetaTensor

from brainaging.transforms.steps.images import affine_of, array_of, image_of
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform

try:
    import fastremap  # noqa: F401 - deepbet imports it as it runs
    from deepbet import BrainExtraction
except ImportError:  # the optional extra
    BrainExtraction = None


def strip_with_deepbet(volume: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Zero everything outside the brain that deepbet finds, on the CPU.

    Args:
        volume: (X, Y, Z) float32, a whole head.
        affine: (4, 4) voxel index → RAS+ mm.

    Returns:
        (X, Y, Z) float32.
    """
    _, mask, _ = BrainExtraction(no_gpu=True).run(nib.Nifti1Image(volume, affine))
    return np.where(np.asarray(mask.dataobj) > 0, volume, np.float32(0))


STRIPPERS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {"deepbet": strip_with_deepbet}


class StripSkull(ImageStep):
    """Strip the skull from an image (1, X, Y, Z), on the CPU; the image comes back to its own device.

    Args:
        stripper: a name in `STRIPPERS`.
    """

    def __init__(self, stripper: str = "deepbet") -> None:
        if stripper not in STRIPPERS:
            raise ValueError(f"strip: expected one of {', '.join(STRIPPERS)}, found {stripper!r}")
        if BrainExtraction is None:
            raise ImportError(
                "strip: expected the package deepbet, found none: in the folder of brain-aging's source, type "
                "pip install -c constraints.txt -e '.[strip]'"
            )
        self.stripper = stripper

    def apply(self, image: MetaTensor, what: str) -> MetaTensor:
        """Strip it.

        Raises:
            ScanError: no image of one channel with an affine.
        """
        affine = affine_of(image, what)
        return image_of(STRIPPERS[self.stripper](array_of(image, what), affine), affine, like=image)


class StripSkulld(ScanTransform):
    """`StripSkull` on each key.

    Args:
        keys: the entries that it works on.
        stripper: a name in `STRIPPERS`.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, stripper: str = "deepbet", allow_missing_keys: bool = False) -> None:
        super().__init__(keys, StripSkull(stripper), allow_missing_keys)
