"""Place images and label maps on a grid, and bring what lies there back."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform
from monai.utils import ensure_tuple_rep

from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.overlap import template_dice
from brainaging.transforms.scan_errors import ScanError
from brainaging.transforms.steps.images import affine_of, channels_of, image_of, name_of
from brainaging.transforms.steps.scan_transform import ImageStep, ScanTransform
from brainaging.transforms.tensors.resampling import MODES, resample_channels

LOWEST_DICE = {"template": 0.6, "native": 0.85}
"""Overlap with the template's mask under which a scan cannot be where it should. A tight mask of a small head in
AC-PC space still has 0.75; registered scans 0.93 and more."""


class PlaceOnGrid(ImageStep, InvertibleTransform):
    """Place an image (C, X, Y, Z) on a grid at physical scale, and measure ``template_dice`` of a scan.

    Every channel is kept, and the image stays on its device. Of several channels the first is held against the
    template. The trace names the mode as MONAI's transforms do, so that ``Invertd(nearest_interp=True)`` is heard.

    Args:
        grid: the grid or its name.
        mode: "bilinear" for scans (anti-aliased, float32); "nearest" for label maps, which keep their labels and
            their type, and are held against nothing.
    """

    measures: ClassVar[tuple[str, ...]] = ("template_dice",)

    def __init__(self, grid: str | GridSpec, mode: str = "bilinear") -> None:
        self.grid = get_grid(grid)
        self.mode = str(getattr(mode, "value", mode))
        if self.mode not in MODES:
            raise ValueError(f"mode: expected one of {', '.join(MODES)}, found {mode!r}")

    def apply(self, image: MetaTensor, what: str) -> MetaTensor:
        """Place it.

        Raises:
            ScanError: the brain does not lie where the template's does, or no image (C, X, Y, Z) with an affine.
        """
        affine, channels = affine_of(image, what), channels_of(image, what)
        placed = image_of(
            resample_channels(channels, affine, self.grid.affine, self.grid.shape, self.mode),
            self.grid.affine,
            like=image,
        )
        if self.mode == "bilinear":
            placed.meta["template_dice"] = self._overlap(image, what)
        placed.meta["grid"] = self.grid.fingerprint
        shape = list(channels.shape[1:])
        self.push_transform(placed, extra_info={"affine": affine.tolist(), "shape": shape, "mode": self.mode})
        return placed

    def inverse(self, image: MetaTensor) -> MetaTensor:
        """Resample an image (C, X, Y, Z) from the grid to the scan's own voxels."""
        info = self.pop_transform(image)["extra_info"]
        affine = np.asarray(info["affine"])
        shape = (int(info["shape"][0]), int(info["shape"][1]), int(info["shape"][2]))
        channels = resample_channels(channels_of(image), affine_of(image), affine, shape, info["mode"])
        back = image_of(channels, affine, like=image)
        back.meta.pop("grid", None)
        return back

    def _overlap(self, image: MetaTensor, what: str) -> float:
        """Return the Dice of the first channel's brain with the template's."""
        registered = "registration" in image.meta
        volume = np.asarray(channels_of(image, what)[0].cpu())
        # a head of its own size is held against the template at the template's
        sized = np.linalg.inv(np.asarray(image.meta.get("own_size", np.eye(4)), float))
        dice = template_dice(volume, sized @ affine_of(image), trim=registered)
        if dice < LOWEST_DICE["native" if registered else "template"]:
            advice = (
                "registration failed" if registered else "if it is not in MNI or AC-PC space, say space='native'"
            )
            overlap = f"found a Dice of {dice:.2f} with its mask"
            raise ScanError(f"{name_of(image, what)}: expected a brain on the template, {overlap}: {advice}")
        return dice


class PlaceOnGridd(ScanTransform, InvertibleTransform):
    """`PlaceOnGrid` on each key; leaves ``template_dice`` in the dictionary.

    Args:
        keys: the entries that it works on.
        grid: the grid or its name.
        allow_missing_keys: whether entries may lack.
        mode: "bilinear" or "nearest", of all keys or one a key; see `PlaceOnGrid`.
    """

    def __init__(
        self,
        keys: KeysCollection,
        grid: str | GridSpec,
        allow_missing_keys: bool = False,
        mode: str | Sequence[str] = "bilinear",
    ) -> None:
        step = PlaceOnGrid(grid)
        super().__init__(keys, step, allow_missing_keys)
        self.grid = step.grid
        self.steps = [PlaceOnGrid(grid, each) for each in ensure_tuple_rep(mode, len(self.keys))]

    @property
    def measured_keys(self) -> tuple[Hashable, ...]:
        """The scans among the entries."""
        return tuple(key for key, step in zip(self.keys, self.steps, strict=True) if step.mode == "bilinear")

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Place each key.

        Raises:
            ScanError: see `PlaceOnGrid`.
        """
        result = dict(data)
        for key, step in self.key_iterator(result, self.steps):
            self.change(result, key, step)
        return result

    def inverse(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Resample each key from the grid to the scan's own voxels, in the mode that it was placed in."""
        result = dict(data)
        for key, step in self.key_iterator(result, self.steps):
            result[key] = step.inverse(result[key])
        return result
