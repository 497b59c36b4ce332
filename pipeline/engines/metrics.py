"""Metrics that look at the brain and not at the empty space around it, and at measures beside their spread."""

import numpy as np
import torch
import torch.nn.functional as F
from monai.metrics.regression import RegressionMetric, compute_ssim_and_cs
from monai.utils import MetricReduction
from numpy.typing import NDArray
from torch import Tensor

from brainaging.networks import MorphometryAutoencoder

SSIM_WINDOW, SSIM_SIGMA = 7, 1.5


class InBrain(RegressionMetric):
    """A MONAI metric over the voxels of a mask, averaged over subjects.

    A background of exact zeros, which every method gets right, makes a whole-volume error look three to four
    times smaller than it is.

    Args:
        mask: bool ``(X, Y, Z)``.
        reduction: MONAI's reduction over subjects.
    """

    def __init__(
        self, mask: NDArray[np.bool_] | Tensor, reduction: MetricReduction | str = MetricReduction.MEAN
    ) -> None:
        super().__init__(reduction=reduction)
        self.mask = torch.as_tensor(mask, dtype=torch.bool)


class StandardisedError(RegressionMetric):
    """Mean error of rows of measures in training standard deviations, over each subject's known cells.

    Args:
        network: an autoencoder with ``standardise``, whose scale counts.
        power: 2 for squared errors, 1 for absolute ones.
        reduction: MONAI's reduction over subjects.
    """

    def __init__(
        self,
        network: MorphometryAutoencoder,
        power: int = 2,
        reduction: MetricReduction | str = MetricReduction.MEAN,
    ) -> None:
        super().__init__(reduction=reduction)
        self.network = network
        self.power = power

    def _compute_metric(self, y_pred: Tensor, y: Tensor) -> Tensor:
        error = (self.network.standardise(y_pred) - self.network.standardise(y)).float().abs() ** self.power
        known = ~torch.isnan(y)
        total = torch.where(known, error, torch.zeros_like(error)).sum(1, keepdim=True)
        return total / known.sum(1, keepdim=True).clamp(min=1)


class InBrainMSE(InBrain):
    """Mean squared error inside the mask."""

    def _compute_metric(self, y_pred: Tensor, y: Tensor) -> Tensor:
        inside = self.mask.to(y.device)
        return (y_pred - y).float().square()[:, :, inside].mean(-1)


class InBrainMAE(InBrain):
    """Mean absolute error inside the mask."""

    def _compute_metric(self, y_pred: Tensor, y: Tensor) -> Tensor:
        inside = self.mask.to(y.device)
        return (y_pred - y).float().abs()[:, :, inside].mean(-1)


class InBrainSSIM(InBrain):
    """Structural similarity (Wang et al. 2004) inside the mask, Gaussian window of 7 voxels, σ = 1.5 voxels.

    Both volumes are zero outside the mask first, so that the brain alone is judged.

    Args:
        mask: bool ``(X, Y, Z)``.
        data_range: the range of the intensities.
        reduction: MONAI's reduction over subjects.
    """

    def __init__(
        self,
        mask: NDArray[np.bool_] | Tensor,
        data_range: float = 1.0,
        reduction: MetricReduction | str = MetricReduction.MEAN,
    ) -> None:
        super().__init__(mask, reduction)
        self.data_range = data_range

    def _compute_metric(self, y_pred: Tensor, y: Tensor) -> Tensor:
        inside = self.mask.to(y.device)
        pair = [F.pad(volume.float() * inside, [SSIM_WINDOW // 2] * 6) for volume in (y_pred, y)]
        likeness, _ = compute_ssim_and_cs(
            pair[0],
            pair[1],
            3,
            [SSIM_WINDOW] * 3,
            [SSIM_SIGMA] * 3,
            data_range=self.data_range,
            kernel_type="gaussian",
        )
        return likeness[:, :, inside].mean(-1)
