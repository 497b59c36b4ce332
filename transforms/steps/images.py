"""Images as MONAI has them, channels first, with an affine: what a step reads of one, and gives back."""

import os

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms.lazy.functional import apply_pending

from brainaging.transforms.checks.image_form import one_channel, several_channels
from brainaging.transforms.scan_errors import ScanError


def name_of(image: object, what: str = "image") -> str:
    """The file that an image was read from, for messages; ``what`` (its key) where there is none."""
    name = image.meta.get("filename_or_obj") if isinstance(image, MetaTensor) else None
    return str(name) if name else what


def array_of(image: torch.Tensor, what: str = "image") -> np.ndarray:
    """(X, Y, Z) view of a (1, X, Y, Z) image on the CPU; ScanError for another number of channels or axes."""
    image = one_channel(image, name_of(image, what))
    return np.asarray(image.detach().as_subclass(torch.Tensor).cpu()[0])


def channels_of(image: torch.Tensor, what: str = "image") -> torch.Tensor:
    """(C, X, Y, Z) plain tensor of an image on its own device; ScanError for another number of axes."""
    return several_channels(image, name_of(image, what)).detach().as_subclass(torch.Tensor)


def affine_of(image: torch.Tensor, what: str = "image") -> np.ndarray:
    """(4, 4) float64 voxel index → mm; ScanError for an image without."""
    if not isinstance(image, MetaTensor):
        raise ScanError(f"{what}: expected a MetaTensor with an affine, found {type(image).__name__}")
    return np.asarray(image.affine.cpu(), float)


def image_of(
    volume: np.ndarray | torch.Tensor, affine: np.ndarray, like: MetaTensor | None = None, name: str = ""
) -> MetaTensor:
    """Wrap an array (X, Y, Z), or a tensor (C, X, Y, Z), as an image, with trace and device of ``like``."""
    tensor = torch.from_numpy(volume)[None] if isinstance(volume, np.ndarray) else volume
    if like is None:
        return MetaTensor(tensor, affine=torch.from_numpy(affine), meta={"filename_or_obj": name})
    result = MetaTensor(tensor.to(like.device)).copy_meta_from(like, copy_attr=True)
    result.affine = torch.from_numpy(affine)
    return result


def moved(image: MetaTensor, motion: np.ndarray) -> MetaTensor:
    """Return an image that lies elsewhere: the same voxels, a motion (4, 4), mm, before its affine.

    ``original_affine`` moves along, which MONAI's ``SaveImage(resample=True)`` writes by.
    """
    result = image_of(image.as_subclass(torch.Tensor), motion @ affine_of(image), like=image)
    if (original := image.meta.get("original_affine")) is not None:
        result.meta["original_affine"] = torch.from_numpy(motion @ np.asarray(torch.as_tensor(original), float))
    return result


def settled(image: object) -> object:
    """Return an image whose pending operations (MONAI's lazy resampling) are done; anything else as it is.

    A step that needs voxels would otherwise see those from before them.
    """
    if isinstance(image, MetaTensor) and image.pending_operations:
        return apply_pending(image)[0]
    return image


def is_path(scan: object) -> bool:
    """Whether a scan is given by its path."""
    return isinstance(scan, str | os.PathLike)
