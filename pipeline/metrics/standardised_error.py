"""The error of a table of measures, each in its own spread."""

import torch
from monai.metrics.regression import RegressionMetric
from monai.utils import MetricReduction
from torch import Tensor

from brainaging.networks import MorphometryAutoencoder


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
        measured = ~torch.isnan(y)
        total = torch.where(measured, error, torch.zeros_like(error)).sum(1, keepdim=True)
        return total / measured.sum(1, keepdim=True).clamp(min=1)
