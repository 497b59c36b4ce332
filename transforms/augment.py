"""Random augmentation of tensors on a grid, from MONAI's own random transforms."""

import math
from dataclasses import dataclass

from monai.config import KeysCollection
from monai.transforms import (
    Compose,
    RandAffined,
    RandBiasFieldd,
    RandFlipd,
    RandGaussianNoised,
    RandomizableTransform,
    RandScaleIntensityd,
)
from monai.utils import ensure_tuple

from brainaging.transforms.grid import GridSpec, get_grid


@dataclass(frozen=True)
class Augmentation:
    """What is changed at random, how often and how much.

    Probabilities are those of the step being applied, from 0 to 1; a step whose probability is 0 is left out.

    Attributes:
        flip_prob: probability of a left-right flip.
        affine_prob: probability of a rotation and shift.
        rotate_degrees: about each axis at most, degrees; heads in AC-PC space differ by a few.
        shift_mm: along each axis at most, mm.
        scale: relative change of size along each axis at most. Head size is signal here (a head shrunk to 0.914
            reads as female), so it is 0 unless set.
        bias_prob: probability of a smooth multiplicative field.
        bias_strength: largest coefficient of its Legendre polynomial of degree 3, in log intensity.
        gain_prob: probability of a gain.
        gain: relative change of intensity at most.
        noise_prob: probability of Gaussian noise, last, on every voxel.
        noise_std: its largest standard deviation, in units of the normalised image (white matter near 1).
    """

    flip_prob: float = 0.5
    affine_prob: float = 0.5
    rotate_degrees: float = 3.0
    shift_mm: float = 2.0
    scale: float = 0.0
    bias_prob: float = 0.2
    bias_strength: float = 0.1
    gain_prob: float = 0.2
    gain: float = 0.1
    noise_prob: float = 0.2
    noise_std: float = 0.05

    def __post_init__(self) -> None:
        """Raise ValueError for a probability outside 0…1."""
        for name, value in vars(self).items():
            if name.endswith("_prob") and not 0 <= value <= 1:
                raise ValueError(f"{name}: expected a probability from 0 to 1, found {value}")


def t1w_augmentation(
    grid: str | GridSpec,
    augmentation: Augmentation | None = None,
    *,
    keys: KeysCollection = "image",
    allow_missing_keys: bool = False,
    labels: KeysCollection = (),
    lazy: bool = False,
) -> Compose:
    """Build random flips, small affines, bias fields, gains and noise for (C, X, Y, Z) tensors on a grid.

    The draw repeats after ``.set_random_state(seed)``.

    Args:
        grid: the grid, or its name: it says which axis runs left to right, and how long a voxel is.
        augmentation: what is changed; :class:`Augmentation`'s own values if None.
        keys: the images.
        allow_missing_keys: pass dictionaries over that lack a key.
        labels: label maps, which are flipped and moved as the images are, by the nearest voxel.
        lazy: resample once for flip and affine (MONAI's lazy resampling); entries must be `MetaTensor`.

    Returns:
        A MONAI `Compose` of `Randomizable` dictionary transforms.

    >>> quiet = Augmentation(bias_prob=0, gain_prob=0)
    >>> [type(step).__name__ for step in t1w_augmentation("t1w_32", quiet).transforms]
    ['RandFlipd', 'RandAffined', 'RandGaussianNoised']
    """
    own = Augmentation() if augmentation is None else augmentation
    grid = get_grid(grid)
    left_right = next(axis for axis, code in enumerate(grid.orientation) if code in "LR")
    angle, shift = math.radians(own.rotate_degrees), own.shift_mm / grid.spacing
    missing = allow_missing_keys
    scans, maps = ensure_tuple(keys), ensure_tuple(labels)
    modes = {key: mode for these, mode in ((scans, "bilinear"), (maps, "nearest")) for key in these}
    both = scans + maps
    steps: list[tuple[float, RandomizableTransform]] = [
        (own.flip_prob, RandFlipd(both, prob=own.flip_prob, spatial_axis=left_right, allow_missing_keys=missing)),
        (
            own.affine_prob,
            RandAffined(
                both,
                mode=list(modes.values()),
                prob=own.affine_prob,
                rotate_range=[angle] * 3,
                translate_range=[shift] * 3,
                scale_range=[own.scale] * 3,
                padding_mode="zeros",
                allow_missing_keys=missing,
            ),
        ),
        (
            own.bias_prob,
            RandBiasFieldd(
                keys,
                prob=own.bias_prob,
                coeff_range=(-own.bias_strength, own.bias_strength),
                allow_missing_keys=missing,
            ),
        ),
        (
            own.gain_prob,
            RandScaleIntensityd(keys, prob=own.gain_prob, factors=own.gain, allow_missing_keys=missing),
        ),
        (
            own.noise_prob,
            RandGaussianNoised(keys, prob=own.noise_prob, std=own.noise_std, allow_missing_keys=missing),
        ),
    ]
    # lazily, MONAI takes no transform's own modes
    overrides = {key: {"mode": mode, "padding_mode": "zeros"} for key, mode in modes.items()} if lazy else None
    return Compose([step for prob, step in steps if prob > 0], lazy=lazy, overrides=overrides)
