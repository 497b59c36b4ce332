"""Metrics of the voxels inside the brain, without the empty space around it."""

import numpy as np
import torch
import torch.nn.functional as F
from monai.metrics.regression import RegressionMetric, compute_ssim_and_cs
from monai.utils import MetricReduction
from numpy.typing import NDArray
from torch import Tensor

from brainaging.pipeline.measures.image_similarity import SIGMA, WINDOW


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

    Both volumes are zero outside the mask first, so that the brain alone counts.

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
        pair = [F.pad(volume.float() * inside, [WINDOW // 2] * 6) for volume in (y_pred, y)]
        likeness, _ = compute_ssim_and_cs(
            pair[0],
            pair[1],
            3,
            [WINDOW] * 3,
            [SIGMA] * 3,
            data_range=self.data_range,
            kernel_type="gaussian",
        )
        return likeness[:, :, inside].mean(-1)
