"""How alike two images are: mean squared error, and structural similarity (SSIM) with its window and constants.

Of a scan and its reconstruction inside the brain :func:`masked_ssim` averages the map over the mask's voxels; of
two brains :func:`pair_metric` is MONAI's own average over the whole volume, on several scales where the grid has
room. Both are MONAI's formula; the first applies the window axis by axis, which on a CPU takes a twelfth of the
time at 32³ and less beyond (a test holds them equal).
"""

import numpy as np
from monai.metrics import MultiScaleSSIMMetric, SSIMMetric
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.runtime import UserError

#: voxels: Wang et al. 2004 (IEEE Trans Image Process 13:600) use a Gaussian of σ = 1.5 in 11; 7 hold ±2 σ of it,
#: and fit a brain of 16 voxels
WINDOW, SIGMA = 7, 1.5
#: of Wang et al. 2004, by the intensities' range
K1, K2 = 0.01, 0.03
#: Wang et al. 2003 (Asilomar): their five scales' weights; fewer scales take the first ones, made to sum to 1
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
#: fewer scales than this and it is plain SSIM with another name
FEWEST_SCALES = 3
#: percentiles between which intensities range: outside lie a few bright voxels of vessels and noise
RANGE_PERCENTILES = (0.1, 99.9)
#: volumes that the range is read from, evenly drawn: a brain has 8,700 voxels at 6 mm, so that beyond the
#: percentiles of fifty lie 430 at each end
RANGE_SCANS = 50
_BATCH = 16


def masked_mse(original: np.ndarray, reconstruction: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return each subject's mean squared error inside the mask, volumes (m, X, Y, Z) to (m,), intensity²."""
    _check(original, reconstruction, mask)
    return np.mean((original[:, mask].astype(np.float64) - reconstruction[:, mask]) ** 2, axis=1)


def intensity_range(volumes: np.ndarray, mask: np.ndarray, among: np.ndarray | None = None) -> float:
    """Return the range between the 0.1st and 99.9th percentiles of volumes (n, X, Y, Z) inside the mask.

    Of the rows ``among`` alone, where given.
    """
    rows = np.arange(len(volumes)) if among is None else among
    scans = volumes[rows[:: max(1, len(rows) // RANGE_SCANS)]]
    low, high = np.percentile(scans[:, mask], RANGE_PERCENTILES)
    return float(high - low)


def masked_ssim(
    original: np.ndarray, reconstruction: np.ndarray, mask: np.ndarray, data_range: float
) -> np.ndarray:
    """Return each subject's mean structural similarity inside the mask, volumes (m, X, Y, Z) to (m,).

    Wang et al. 2004, equation 13. Both volumes are 0 outside the mask first, so that the brain alone counts; the
    map is averaged over the mask's voxels.

    Args:
        original: the scans.
        reconstruction: of the same subjects, in the same order.
        mask: (X, Y, Z) bool.
        data_range: the intensities' range, the same for all methods (:func:`intensity_range` of training scans).

    Raises:
        UserError: shapes differ, the mask is empty, or the range is not positive.
    """
    _check(original, reconstruction, mask)
    if not data_range > 0:
        raise UserError(f"SSIM: expected a positive intensity range, found {data_range:g}")
    spans = [np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    box = tuple(slice(int(span[0]), int(span[-1]) + 1) for span in spans)
    inside = mask[box]
    luminance, contrast = ((k * data_range) ** 2 for k in (K1, K2))
    values = []
    for start in range(0, len(original), _BATCH):
        x, y = (
            np.where(mask, volumes[start : start + _BATCH], 0)[(slice(None), *box)].astype(np.float32)
            for volumes in (reconstruction, original)
        )
        mean_x, mean_y, square_x, square_y, product = (
            gaussian_filter(block, SIGMA, mode="constant", radius=WINDOW // 2, axes=(1, 2, 3))
            for block in (x, y, x * x, y * y, x * y)
        )
        means, squares = mean_x * mean_y, mean_x**2 + mean_y**2
        ssim = (2 * means + luminance) / (squares + luminance)
        ssim *= (2 * (product - means) + contrast) / (square_x + square_y - squares + contrast)
        values.append(ssim[:, inside].mean(axis=1, dtype=np.float64))
    return np.concatenate(values) if values else np.empty(0)


def pair_metric(shape: tuple[int, ...]) -> tuple[MultiScaleSSIMMetric | SSIMMetric, str]:
    """Return MONAI's metric for pairs of volumes of a ``shape`` with intensities from 0 to 1, and its name.

    MS-SSIM ("ms_ssim") where three scales of the window fit, which they do from 64³; SSIM ("ssim") below.
    """
    scales = 1
    # monai asks for a volume that is larger than (window − 1) × 2^(scales − 1)
    while scales < len(SCALE_WEIGHTS) and min(shape) // 2**scales >= 2 * WINDOW:
        scales += 1
    if scales < FEWEST_SCALES:
        return SSIMMetric(3, data_range=1.0, win_size=WINDOW, kernel_sigma=SIGMA, k1=K1, k2=K2), "ssim"
    weights = np.array(SCALE_WEIGHTS[:scales])
    return (
        MultiScaleSSIMMetric(
            3,
            data_range=1.0,
            kernel_size=WINDOW,
            kernel_sigma=SIGMA,
            k1=K1,
            k2=K2,
            weights=tuple(weights / weights.sum()),
        ),
        "ms_ssim",
    )


def _check(original: np.ndarray, reconstruction: np.ndarray, mask: np.ndarray) -> None:
    if original.shape != reconstruction.shape:
        raise UserError(f"reconstructions: expected shape {original.shape}, found {reconstruction.shape}")
    if mask.shape != original.shape[1:]:
        raise UserError(f"reconstruction mask: expected shape {original.shape[1:]}, found {mask.shape}")
    if not mask.any():
        raise UserError("reconstruction mask: expected voxels inside, found none")
