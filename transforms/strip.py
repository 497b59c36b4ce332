"""Strip the skull on request, with a package that the user installs: the extra `strip` of this one.

deepbet (Fisch et al., Comput. Biol. Med. 2024, MIT licence) ships its weights inside its wheel, so nothing is
downloaded when it runs.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import nibabel as nib
import numpy as np
from monai.config import KeysCollection
from monai.transforms import MapTransform

from brainaging.transforms.dictionary import affine_of, array_of, image_of

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


class StripSkulld(MapTransform):
    """Strip the skull from each key."""

    def __init__(self, keys: KeysCollection, stripper: str = "deepbet", allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        if stripper not in STRIPPERS:
            raise ValueError(f"strip: expected one of {', '.join(STRIPPERS)}, found {stripper!r}")
        if BrainExtraction is None:
            raise ImportError(
                "strip: expected the package deepbet, found none: in the folder of brain-aging's source, type "
                "pip install -c constraints.txt -e '.[strip]'"
            )
        self.stripper = stripper

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Strip each key."""
        result = dict(data)
        for key in self.key_iterator(result):
            affine = affine_of(result[key])
            result[key] = image_of(
                STRIPPERS[self.stripper](array_of(result[key]), affine), affine, like=result[key]
            )
        return result
