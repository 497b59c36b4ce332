"""The steps of `t1w_chain` as MONAI dictionary transforms."""

import os
from collections.abc import Hashable, Mapping
from typing import Any

import nibabel as nib
import numpy as np
import torch
from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform, MapTransform

from brainaging.transforms.checks.contrast import check_levels
from brainaging.transforms.checks.image_form import nibabel_volume, one_channel, scan_numbers
from brainaging.transforms.checks.intensity_form import zeroed
from brainaging.transforms.checks.orientation_mend import (
    RULES,
    OrientationRule,
    check_brain_and_header,
    mended_affine,
)
from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.intensity import normalize_intensity
from brainaging.transforms.load import check_geometry, check_values, read_scan
from brainaging.transforms.overlap import template_dice
from brainaging.transforms.placing import place, resample
from brainaging.transforms.registration import register
from brainaging.transforms.scan_errors import ScanError

LOWEST_DICE = {"template": 0.6, "native": 0.85}
"""Overlap with the template's mask under which a scan cannot be where it should. A tight mask of a small head in
AC-PC space still has 0.75; registered scans 0.93 and more."""


def array_of(image: torch.Tensor) -> np.ndarray:
    """(X, Y, Z) float32 view of a (1, X, Y, Z) image; ScanError for another number of channels or axes."""
    image = one_channel(image, name_of(image))
    return np.asarray(image.detach().as_subclass(torch.Tensor).cpu()[0])


def affine_of(image: MetaTensor) -> np.ndarray:
    """(4, 4) float64 voxel index → mm; ScanError for an image without."""
    if not isinstance(image, MetaTensor):
        raise ScanError(f"image: expected a MetaTensor with an affine, found {type(image).__name__}")
    return np.asarray(image.affine.cpu(), float)


def name_of(image: object) -> str:
    """The file that an image was read from, for messages."""
    return str(image.meta.get("filename_or_obj", "image")) if isinstance(image, MetaTensor) else "image"


def image_of(volume: np.ndarray, affine: np.ndarray, like: MetaTensor | None = None, name: str = "") -> MetaTensor:
    """Wrap (X, Y, Z) as (1, X, Y, Z), with the trace of `like`."""
    tensor = torch.from_numpy(volume)[None]
    if like is None:
        return MetaTensor(tensor, affine=torch.from_numpy(affine), meta={"filename_or_obj": name})
    result = MetaTensor(tensor).copy_meta_from(like, copy_attr=True)
    result.affine = torch.from_numpy(affine)
    return result


class _ScanTransform(MapTransform):
    """A step on images; covariates are named after the key where there are several."""

    def _covariate(self, name: str, key: Hashable) -> Hashable:
        return name if len(self.keys) == 1 else f"{name}_{key}"


class GridTransform(_ScanTransform):
    """A step towards a grid, or on it.

    Args:
        keys: the entries that it works on.
        grid: the grid or its name.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, grid: str | GridSpec, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        self.grid = get_grid(grid)


class LoadScand(_ScanTransform):
    """Read and validate scans, and bring their intensities to 0 outside and above 0 inside.

    A path, a nibabel image or a (1, X, Y, Z) `MetaTensor` becomes a (1, X, Y, Z) float32 `MetaTensor` in the
    file's own order, and ``intensity_form`` says in words what was done to its numbers: "" for nothing.
    """

    def __init__(self, keys: KeysCollection, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Read each key.

        Raises:
            ScanError: see `read_scan` and `intensity_form`.
        """
        result = dict(data)
        for key in self.key_iterator(result):
            image = self._load(result[key])
            affine, name = affine_of(image), name_of(image)
            volume, words = zeroed(array_of(image), affine, name)
            result[key] = image_of(volume, affine, name=name) if words else image
            result[self._covariate("intensity_form", key)] = words
        return result

    def _load(self, scan: Any) -> MetaTensor:
        if isinstance(scan, str | os.PathLike):
            volume, affine = read_scan(scan)
            return image_of(volume, affine, name=os.fspath(scan))
        if isinstance(scan, MetaTensor):
            name, affine = name_of(scan), affine_of(scan)
            check_geometry(tuple(one_channel(scan, name).shape[1:]), affine, name)
            volume = scan_numbers(array_of(scan), name).astype(np.float32, copy=False)
        elif isinstance(scan, nib.spatialimages.SpatialImage):
            name, affine = str(scan.get_filename() or "image"), np.asarray(scan.affine, float)
            voxels = nibabel_volume(scan, name)
            volume = np.array(voxels, np.float32).reshape(check_geometry(scan.shape, affine, name))
        else:
            raise ScanError(f"expected a path, a MetaTensor or a nibabel image, found {type(scan).__name__}")
        check_values(volume, name)
        return image_of(volume, affine, name=name)


class CheckBraind(_ScanTransform):
    """Refuse what is no stripped brain or does not lie as its header says, and measure ``head_size`` (mL).

    Head size is tissue above half maximum. ``orientation`` says what was mended, such as ``LAS→LPS``, or "";
    what is unusual about the intensities is added to ``intensity_form``.

    Args:
        keys: the entries that it works on.
        allow_missing_keys: whether entries may lack.
        orientation: "check" refuses a brain that does not lie as its header says, "fix" mends its affine, "trust"
            takes the header's word for it. A pure left-right flip cannot be seen.
    """

    def __init__(
        self, keys: KeysCollection, allow_missing_keys: bool = False, orientation: OrientationRule = "check"
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        if orientation not in RULES:
            raise ValueError(f"orientation: expected one of {', '.join(RULES)}, found {orientation!r}")
        self.orientation = orientation

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Check and measure each key.

        Raises:
            ScanError: a whole head, too little for a brain, another contrast than T1w's, too much clipped, or a
                header that the image contradicts.
        """
        result = dict(data)
        for key in self.key_iterator(result):
            image, affine = result[key], affine_of(result[key])
            scan, wrong = check_brain_and_header(array_of(image), affine, name_of(image), self.orientation)
            if wrong is not None:
                mended = mended_affine(array_of(image), affine, wrong)
                result[key] = image_of(array_of(image), mended, like=image)
                result[key].meta["mended_affine"] = mended.tolist()
            if self.orientation != "trust":
                result[self._covariate("orientation", key)] = "" if wrong is None else wrong.words
            notes = check_levels(scan.volume, scan.threshold, name_of(image))
            form = self._covariate("intensity_form", key)
            known = result.get(form, "")  # of loading, and of a check before the bias field was corrected
            result[form] = "; ".join(filter(None, [known, *(note for note in notes if note not in known)]))
            bright = int(np.count_nonzero(scan.volume > scan.threshold))
            result[self._covariate("head_size", key)] = bright * scan.voxel_ml
        return result


class RegisterToTemplated(_ScanTransform, InvertibleTransform):
    """Move scans onto the MNI152 template: only the affine changes, the voxels are resampled once, when placed."""

    def __init__(self, keys: KeysCollection, dof: int = 12, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        if dof not in (6, 9, 12):
            raise ValueError(f"dof: expected 6, 9 or 12, found {dof}")
        self.dof = dof

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Register each key."""
        result = dict(data)
        for key in self.key_iterator(result):
            image = result[key]
            affine = affine_of(image)
            registration = register(array_of(image), affine, self.dof)
            moved = image_of(array_of(image), registration.affine @ affine, like=image)
            moved.meta["registration"] = registration.affine.tolist()
            self.push_transform(moved, extra_info={"affine": affine.tolist()})
            result[key] = moved
        return result

    def inverse(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Give each key its own affine back."""
        result = dict(data)
        for key in self.key_iterator(result):
            info = self.pop_transform(result[key])["extra_info"]
            result[key] = image_of(array_of(result[key]), np.asarray(info["affine"]), like=result[key])
            result[key].meta.pop("registration", None)
        return result


class PlaceOnGridd(GridTransform, InvertibleTransform):
    """Place scans on a grid at physical scale, and measure ``template_dice``."""

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Place each key.

        Raises:
            ScanError: the brain does not lie where the template's does.
        """
        result = dict(data)
        for key in self.key_iterator(result):
            image = result[key]
            volume, affine = array_of(image), affine_of(image)
            registered = "registration" in image.meta
            dice = template_dice(volume, affine, trim=registered)
            if dice < LOWEST_DICE["native" if registered else "template"]:
                advice = (
                    "registration failed"
                    if registered
                    else "if it is not in MNI or AC-PC space, say space='native'"
                )
                overlap = f"found a Dice of {dice:.2f} with its mask"
                raise ScanError(f"{name_of(image)}: expected a brain on the template, {overlap}: {advice}")
            placed = image_of(place(volume, affine, self.grid), self.grid.affine, like=image)
            placed.meta["grid"] = self.grid.fingerprint
            self.push_transform(placed, extra_info={"affine": affine.tolist(), "shape": list(volume.shape)})
            result[key] = placed
            result[self._covariate("template_dice", key)] = dice
        return result

    def inverse(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Resample each key from the grid to the scan's own voxels."""
        result = dict(data)
        for key in self.key_iterator(result):
            image = result[key]
            info = self.pop_transform(image)["extra_info"]
            affine, shape = np.asarray(info["affine"]), tuple(info["shape"])
            volume = resample(array_of(image), affine_of(image), affine, shape)
            result[key] = image_of(volume, affine, like=image)
            result[key].meta.pop("grid", None)
        return result


class NormalizeOnGridd(GridTransform):
    """Scale intensities by the grid's rule."""

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Normalise each key."""
        result = dict(data)
        for key in self.key_iterator(result):
            volume = normalize_intensity(array_of(result[key]), self.grid)
            result[key] = image_of(volume, affine_of(result[key]), like=result[key])
        return result
