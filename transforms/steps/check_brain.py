"""Refuse what is no stripped brain, or lies otherwise than its header says, and measure head size."""

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

import numpy as np
from monai.config import KeysCollection
from monai.data import MetaTensor

from brainaging.transforms.checks.contrast import check_levels
from brainaging.transforms.checks.orientation_mend import (
    RULES,
    OrientationRule,
    check_brain_and_header,
    mended_affine,
)
from brainaging.transforms.steps.images import affine_of, array_of, moved, name_of
from brainaging.transforms.steps.scan_transform import ImageStep, LeadingTransform


class CheckBrain(ImageStep):
    """Refuse what is no stripped brain or does not lie as its header says, and measure ``head_size`` (mL).

    Head size is tissue above half maximum. ``orientation`` says what was mended, such as ``LAS→LPS``, or "";
    what is unusual about the intensities is added to ``intensity_form``. All three are left in ``image.meta``.

    Args:
        orientation: "check" refuses a brain that does not lie as its header says, "fix" mends its affine, "trust"
            takes the header's word for it. A pure left-right flip cannot be seen.
    """

    measures: ClassVar[tuple[str, ...]] = ("orientation", "intensity_form", "head_size")

    def __init__(self, orientation: OrientationRule = "check") -> None:
        if orientation not in RULES:
            raise ValueError(f"orientation: expected one of {', '.join(RULES)}, found {orientation!r}")
        self.orientation = orientation

    def apply(self, image: MetaTensor, what: str) -> MetaTensor:
        """Check and measure it.

        Raises:
            ScanError: a whole head, too little for a brain, another contrast than T1w's, too much clipped, or a
                header that the image contradicts.
        """
        affine, name, volume = affine_of(image, what), name_of(image, what), array_of(image, what)
        scan, wrong = check_brain_and_header(volume, affine, name, self.orientation)
        motion = np.eye(4)
        if wrong is not None:
            mended = mended_affine(volume, affine, wrong)
            motion = mended @ np.linalg.inv(affine)
        checked = moved(image, motion)
        if wrong is not None:
            checked.affine = mended
            checked.meta["mended_affine"] = mended.tolist()
            checked.meta["mending"] = motion.tolist()
        if self.orientation != "trust":
            checked.meta["orientation"] = "" if wrong is None else wrong.words
        notes = check_levels(scan.volume, scan.threshold, name)
        known = checked.meta.get("intensity_form", "")  # of loading, and of a check before the bias field
        checked.meta["intensity_form"] = "; ".join(filter(None, [known, *(n for n in notes if n not in known)]))
        checked.meta["head_size"] = int(np.count_nonzero(scan.volume > scan.threshold)) * scan.voxel_ml
        return checked


class CheckBraind(LeadingTransform):
    """`CheckBrain` on each key; leaves ``head_size``, ``orientation`` and ``intensity_form`` in the dictionary.

    Args:
        keys: the entries that it works on.
        allow_missing_keys: whether entries may lack.
        orientation: see `CheckBrain`.
        followers: entries with the first key's header, such as its label map: where that is mended, theirs is.
    """

    def __init__(
        self,
        keys: KeysCollection,
        allow_missing_keys: bool = False,
        orientation: OrientationRule = "check",
        followers: KeysCollection = (),
    ) -> None:
        super().__init__(keys, CheckBrain(orientation), allow_missing_keys, followers)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Check and measure each key.

        Raises:
            ScanError: see `CheckBrain`.
        """
        result = super().__call__(data)
        mending = result[self.first_key(result)].meta.get("mending") if self.followers else None
        for key in self.following(result):
            if mending is not None:
                result[key] = moved(result[key], np.asarray(mending))
        return result
