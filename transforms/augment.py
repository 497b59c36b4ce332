"""Random augmentation of tensors on a grid, from MONAI's own random transforms."""

import math

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

from brainaging.transforms.grid import GridSpec, get_grid


def t1w_augmentation(
    grid: str | GridSpec,
    *,
    keys: KeysCollection = "image",
    flip_prob: float = 0.5,
    affine_prob: float = 0.5,
    rotate_degrees: float = 3.0,
    shift_mm: float = 2.0,
    scale: float = 0.0,
    bias_prob: float = 0.2,
    bias_strength: float = 0.1,
    gain_prob: float = 0.2,
    gain: float = 0.1,
    noise_prob: float = 0.2,
    noise_std: float = 0.05,
    allow_missing_keys: bool = False,
) -> Compose:
    """Build random flips, small affines, bias fields, gains and noise for (1, X, Y, Z) tensors on a grid.

    Head size is signal here (a head shrunk to 0.914 reads as female), so `scale` is 0 unless asked for. The draw
    repeats after ``.set_random_state(seed)``; a step whose probability is 0 is left out.

    Args:
        grid: the grid, or its name: it says which axis runs left to right, and how long a voxel is.
        keys: the images.
        flip_prob: probability of a left-right flip.
        affine_prob: probability of a rotation and shift.
        rotate_degrees: about each axis at most, degrees.
        shift_mm: along each axis at most, mm.
        scale: relative change of size along each axis at most.
        bias_prob: probability of a smooth multiplicative field.
        bias_strength: largest coefficient of its Legendre polynomial of degree 3, in log intensity.
        gain_prob: probability of a gain.
        gain: relative change of intensity at most.
        noise_prob: probability of Gaussian noise, last, on every voxel.
        noise_std: its largest standard deviation, in units of the normalised image (white matter near 1).
        allow_missing_keys: pass dictionaries over that lack a key.

    Returns:
        A MONAI `Compose` of `Randomizable` dictionary transforms.

    Raises:
        ValueError: a probability outside 0…1.

    >>> [type(step).__name__ for step in t1w_augmentation("t1w_32", bias_prob=0, gain_prob=0).transforms]
    ['RandFlipd', 'RandAffined', 'RandGaussianNoised']
    """
    grid = get_grid(grid)
    left_right = next(axis for axis, code in enumerate(grid.orientation) if code in "LR")
    angle, shift = math.radians(rotate_degrees), shift_mm / grid.spacing
    missing = allow_missing_keys
    named = (
        ("flip", flip_prob),
        ("affine", affine_prob),
        ("bias", bias_prob),
        ("gain", gain_prob),
        ("noise", noise_prob),
    )
    for name, prob in named:
        if not 0 <= prob <= 1:
            raise ValueError(f"{name}_prob: expected a probability from 0 to 1, found {prob}")
    steps: list[tuple[float, RandomizableTransform]] = [
        (flip_prob, RandFlipd(keys, prob=flip_prob, spatial_axis=left_right, allow_missing_keys=missing)),
        (
            affine_prob,
            RandAffined(
                keys,
                prob=affine_prob,
                rotate_range=[angle] * 3,
                translate_range=[shift] * 3,
                scale_range=[scale] * 3,
                padding_mode="zeros",
                allow_missing_keys=missing,
            ),
        ),
        (
            bias_prob,
            RandBiasFieldd(
                keys, prob=bias_prob, coeff_range=(-bias_strength, bias_strength), allow_missing_keys=missing
            ),
        ),
        (gain_prob, RandScaleIntensityd(keys, prob=gain_prob, factors=gain, allow_missing_keys=missing)),
        (noise_prob, RandGaussianNoised(keys, prob=noise_prob, std=noise_std, allow_missing_keys=missing)),
    ]
    return Compose([step for prob, step in steps if prob > 0])
