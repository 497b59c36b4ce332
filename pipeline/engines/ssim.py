"""Structural similarity, MONAI's numbers in a tenth of its time: a Gaussian window is a product of three lines."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# Wang et al. 2004 use a Gaussian of 1.5 voxels; 7 voxels hold ±2 SD of it and fit a 32³ grid
SSIM_WINDOW, SSIM_SIGMA = 7, 1.5
_K1, _K2 = 0.01, 0.03


def ssim_maps(
    one: Tensor, other: Tensor, data_range: float, window: int = SSIM_WINDOW, sigma: float = SSIM_SIGMA
) -> tuple[Tensor, Tensor]:
    """Return maps of SSIM and of its contrast and structure part, ``(B, C, X − w + 1, Y − w + 1, Z − w + 1)``.

    SSIM = l · cs with l = (2 μx μy + c1) / (μx² + μy² + c1), cs = (2 σxy + c2) / (σx² + σy² + c2),
    c1 = (0.01 R)², c2 = (0.03 R)², moments in a Gaussian window (Wang et al. 2004, IEEE TIP 13:600). Values are
    those of :func:`monai.metrics.regression.compute_ssim_and_cs`, whose window is w³ taps where this has 3 w.

    Args:
        one, other: volumes ``(B, C, X, Y, Z)``, each side at least ``window`` voxels.
        data_range: R, the range of the intensities.
        window: w, voxels.
        sigma: of the Gaussian, voxels.

    Raises:
        ValueError: the shapes differ, or a side is shorter than the window.
    """
    if one.shape != other.shape:
        raise ValueError(f"SSIM: expected volumes of one shape, found {tuple(one.shape)} and {tuple(other.shape)}")
    if min(one.shape[2:]) < window:
        raise ValueError(f"SSIM: expected sides of at least {window} voxels, found {tuple(one.shape[2:])}")
    x, y = one.float(), other.float()
    steps = torch.arange((1 - window) / 2, (1 + window) / 2)
    weights = torch.exp(-((steps / sigma) ** 2) / 2)
    taps = (weights / weights.sum()).tolist()
    mean_x, mean_y = _smooth(x, taps), _smooth(y, taps)
    var_x, var_y = _smooth(x * x, taps) - mean_x**2, _smooth(y * y, taps) - mean_y**2
    covariance = _smooth(x * y, taps) - mean_x * mean_y
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    contrast = (2 * covariance + c2) / (var_x + var_y + c2)
    return (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1) * contrast, contrast


def ms_ssim(one: Tensor, other: Tensor, data_range: float, weights: Sequence[float]) -> Tensor:
    """Return the multi-scale SSIM ``(B,)`` of volumes ``(B, 1, X, Y, Z)``.

    ∏ cs_j^w_j over the finer scales, times SSIM^w at the coarsest (Wang et al. 2003, Asilomar); negative factors
    count as 0. Values are those of :class:`monai.metrics.MultiScaleSSIMMetric`.

    Args:
        one, other: volumes; the coarsest scale must still hold the window.
        data_range: the range of the intensities.
        weights: one a scale, the finest first.
    """
    product = torch.ones(len(one), device=one.device)
    for scale, weight in enumerate(weights):
        if scale:
            one, other = F.avg_pool3d(one, 2), F.avg_pool3d(other, 2)
        whole, contrast = ssim_maps(one, other, data_range)
        part = whole if scale == len(weights) - 1 else contrast
        product = product * part.flatten(1).mean(1).relu() ** weight
    return product


def _smooth(volumes: Tensor, taps: Sequence[float]) -> Tensor:
    """Return weighted means over a window along each axis in turn; only where the window lies inside."""
    for axis in (2, 3, 4):
        length = volumes.shape[axis] - len(taps) + 1
        total = volumes.narrow(axis, 0, length) * taps[0]
        for start, tap in enumerate(taps[1:], start=1):
            total.add_(volumes.narrow(axis, start, length), alpha=tap)
        volumes = total
    return volumes
