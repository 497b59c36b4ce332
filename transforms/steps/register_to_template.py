"""Move a scan onto the template by its affine, and what lies in its space with it."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform

from brainaging.transforms.registration import register
from brainaging.transforms.steps.images import affine_of, array_of, moved
from brainaging.transforms.steps.scan_transform import ImageStep, LeadingTransform

DEGREES = (6, 9, 12)


class RegisterToTemplate(ImageStep, InvertibleTransform):
    """Move a scan onto the MNI152 template: only the affine changes, the voxels are resampled once, when placed.

    The scan's mm → MNI152 mm, (4, 4), is left in ``image.meta["registration"]``, and of a head of its own size
    the scaling (4, 4) that came last in ``image.meta["own_size"]``. Registration reads one channel
    on the CPU; the voxels stay where they are.

    Args:
        dof: degrees of freedom: 6, 9 or 12.
        own_size: let a head have the volume that it has, as scans in AC-PC space do, and not the template's.
    """

    def __init__(self, dof: int = 12, own_size: bool = False) -> None:
        if dof not in DEGREES:
            raise ValueError(f"dof: expected 6, 9 or 12, found {dof}")
        self.dof, self.own_size = dof, own_size

    def apply(self, image: MetaTensor, what: str) -> MetaTensor:
        """Register it.

        Raises:
            ScanError: no image of one channel with an affine.
        """
        found = register(array_of(image, what), affine_of(image, what), self.dof)
        if not self.own_size:
            return self.follow(image, found.affine)
        placed = self.follow(image, found.own_size @ found.affine)
        placed.meta["own_size"] = found.own_size.tolist()
        return placed

    def follow(self, image: MetaTensor, motion: np.ndarray) -> MetaTensor:
        """Move an image (C, X, Y, Z) by a registration (4, 4) that was found for another."""
        affine = affine_of(image)
        placed = moved(image, motion)
        placed.meta["registration"] = motion.tolist()
        self.push_transform(placed, extra_info={"affine": affine.tolist()})
        return placed

    def inverse(self, image: MetaTensor) -> MetaTensor:
        """Give an image (C, X, Y, Z) its own affine back."""
        own = np.asarray(self.pop_transform(image)["extra_info"]["affine"])
        back = moved(image, own @ np.linalg.inv(affine_of(image)))
        back.affine = own
        for name in ("registration", "own_size"):
            back.meta.pop(name, None)
        return back


class RegisterToTemplated(LeadingTransform, InvertibleTransform):
    """`RegisterToTemplate` on each key.

    Args:
        keys: the entries that it works on.
        dof: see `RegisterToTemplate`.
        allow_missing_keys: whether entries may lack.
        followers: entries in the space of the first key's scan, such as its label map: they are moved as it is.
        own_size: see `RegisterToTemplate`.
    """

    step: RegisterToTemplate

    def __init__(
        self,
        keys: KeysCollection,
        dof: int = 12,
        allow_missing_keys: bool = False,
        followers: KeysCollection = (),
        own_size: bool = False,
    ) -> None:
        super().__init__(keys, RegisterToTemplate(dof, own_size), allow_missing_keys, followers)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Register each key.

        Raises:
            ScanError: see `RegisterToTemplate`.
        """
        result = super().__call__(data)
        for key in self.following(result):
            motion = np.asarray(result[self.first_key(result)].meta["registration"])
            result[key] = self.step.follow(result[key], motion)
        return result

    def inverse(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Give each key, and each follower, its own affine back."""
        result = dict(data)
        for key in (*self.key_iterator(result), *self.following(result)):
            result[key] = self.step.inverse(result[key])
        return result
