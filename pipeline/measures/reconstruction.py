"""Likeness of held-out reconstructions inside the brain: mean squared error and SSIM, per subject."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.encodings import FoldEncoding

# Wang et al. 2004 use a Gaussian of 1.5 voxels; 7 voxels hold ±2 SD of it and fit a 32³ grid
SSIM_WINDOW = 7
SSIM_SIGMA = 1.5
# Wang et al.'s K1 and K2
_STABLE = (0.01, 0.03)
_BATCH = 16
EXAMPLES = 6
MEAN_BRAIN = "mean_brain"


def masked_mse(original: np.ndarray, other: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return each subject's mean squared error inside the mask, volumes (m, X, Y, Z) to (m,), intensity²."""
    _check(original, other, mask)
    return np.mean((original[:, mask].astype(np.float64) - other[:, mask]) ** 2, axis=1)


def masked_ssim(
    original: np.ndarray, other: np.ndarray, mask: np.ndarray, data_range: float, window: int = SSIM_WINDOW
) -> np.ndarray:
    """Return each subject's mean structural similarity inside the mask, volumes (m, X, Y, Z) to (m,).

    SSIM (Wang et al. 2004, equation 13) has a Gaussian window of σ = 1.5 voxels and is MONAI's to rounding; the
    window is applied axis by axis, which on CPUs is much cheaper. Both volumes are 0 outside the mask first, so
    that a method is judged by the brain alone; the map is averaged over the mask's voxels.

    Args:
        original: the scans.
        other: their reconstructions.
        mask: (X, Y, Z) bool.
        data_range: the intensities' range, the same for all methods (:func:`intensity_range` of training scans).
        window: width of the window in voxels, odd.

    Raises:
        UserError: shapes differ, the mask is empty, or the range is not positive.
    """
    _check(original, other, mask)
    if not data_range > 0:
        raise UserError(f"SSIM: expected a positive intensity range, found {data_range:g}")
    spans = [np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    box = tuple(slice(int(span[0]), int(span[-1]) + 1) for span in spans)
    inside = mask[box]
    steady, still = ((k * data_range) ** 2 for k in _STABLE)
    values = []
    for start in range(0, len(original), _BATCH):
        one, two = (
            np.where(mask, volumes[start : start + _BATCH], 0)[(slice(None), *box)].astype(np.float32)
            for volumes in (other, original)
        )
        mean_one, mean_two, square_one, square_two, product = (
            gaussian_filter(block, SSIM_SIGMA, mode="constant", radius=window // 2, axes=(1, 2, 3))
            for block in (one, two, one * one, two * two, one * two)
        )
        means, squares = mean_one * mean_two, mean_one**2 + mean_two**2
        alike = (2 * means + steady) / (squares + steady)
        alike *= (2 * (product - means) + still) / (square_one + square_two - squares + still)
        values.append(alike[:, inside].mean(axis=1, dtype=np.float64))
    return np.concatenate(values) if values else np.empty(0)


def intensity_range(volumes: np.ndarray, mask: np.ndarray) -> float:
    """Return the range between the 0.1st and 99.9th percentiles of volumes (n, X, Y, Z) inside the mask."""
    low, high = np.percentile(volumes[:: max(1, len(volumes) // 50)][:, mask], [0.1, 99.9])
    return float(high - low)


@dataclass
class ReconstructionScores:
    """Scores of every method on the same held-out subjects.

    ``mse`` and ``ssim`` hold (m,) values by method; ``components`` the mean number of components of a PCA;
    ``examples`` volumes (k, X, Y, Z) of the first fold by method ("original" too), ``example_rows`` their places
    among the m rows.
    """

    index: np.ndarray
    n_train: int
    mse: dict[str, np.ndarray]
    ssim: dict[str, np.ndarray]
    components: dict[str, int]
    examples: dict[str, np.ndarray] = field(default_factory=dict)
    example_rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))


def score_reconstructions(
    volumes: np.ndarray, mask: np.ndarray, encodings: Sequence[FoldEncoding]
) -> ReconstructionScores | None:
    """Score one autoencoder's reconstructions and the PCA baselines of the same folds.

    Every baseline is fitted on the subjects that the encoder's weights were fitted on, and on no others.

    Methods: the encoder by its name; "pca" and "pca_flip" with as many components as it has codes, as far as the
    training fold allows; "pca_max" and "pca_flip_max" with all; "mean_brain". Where the code is no smaller than
    the fold allows, the max versions are the same and are left out.

    Args:
        volumes: (n, X, Y, Z).
        mask: (X, Y, Z) bool.
        encodings: one encoder's folds; those without reconstructions are passed over.

    Returns:
        the scores, None where no fold has reconstructions.
    """
    given = [encoding for encoding in encodings if encoding.recon_test is not None]
    if not given:
        return None
    everything = all(encoding.latent_size < len(encoding.fitted) - 1 for encoding in given)
    both = all(encoding.latent_size < 2 * len(encoding.fitted) - 1 for encoding in given)
    mse: dict[str, list[np.ndarray]] = {}
    ssim: dict[str, list[np.ndarray]] = {}
    counts: dict[str, list[int]] = {}
    examples: dict[str, np.ndarray] = {}
    rows = np.empty(0, dtype=int)
    for encoding in given:
        train, test = volumes[encoding.fitted], volumes[encoding.test_idx]
        scale = intensity_range(train, mask)
        plain, flipped = PcaBaseline.fit(train, mask), PcaBaseline.fit(train, mask, flips=True)
        made = {encoding.name: encoding.recon_test}
        for name, pca, count, wanted in (
            ("pca", plain, encoding.latent_size, True),
            ("pca_flip", flipped, encoding.latent_size, True),
            ("pca_max", plain, None, everything),
            ("pca_flip_max", flipped, None, both),
            (MEAN_BRAIN, plain, 0, True),
        ):
            if wanted:
                made[name] = pca.reconstruct(test, count)
                used = pca.max_components if count is None else min(count, pca.max_components)
                counts.setdefault(name, []).append(used)
        for name, volume in made.items():
            mse.setdefault(name, []).append(masked_mse(test, np.asarray(volume), mask))
            ssim.setdefault(name, []).append(masked_ssim(test, np.asarray(volume), mask, scale))
        if not examples:
            order = np.argsort(mse[encoding.name][0], kind="stable")
            rows = np.unique(order[np.linspace(0, len(order) - 1, EXAMPLES).round().astype(int)])
            examples = {"original": test[rows], **{name: np.asarray(made[name])[rows] for name in made}}
    return ReconstructionScores(
        np.concatenate([encoding.test_idx for encoding in given]),
        round(float(np.mean([len(encoding.fitted) for encoding in given]))),
        {name: np.concatenate(parts) for name, parts in mse.items()},
        {name: np.concatenate(parts) for name, parts in ssim.items()},
        {name: round(float(np.mean(parts))) for name, parts in counts.items()},
        examples,
        rows,
    )


def _check(original: np.ndarray, other: np.ndarray, mask: np.ndarray) -> None:
    if original.shape != other.shape:
        raise UserError(f"reconstructions: expected shape {original.shape}, found {other.shape}")
    if mask.shape != original.shape[1:]:
        raise UserError(f"reconstruction mask: expected shape {original.shape[1:]}, found {mask.shape}")
    if not mask.any():
        raise UserError("reconstruction mask: expected voxels inside, found none")
