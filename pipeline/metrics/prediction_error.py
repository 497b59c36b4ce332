"""The error of predicted labels, as an Ignite metric."""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from ignite.metrics import Loss
from torch import Tensor

from brainaging.pipeline.engines import stacked


class PredictionError(Loss):
    """Share of wrong classes, or mean absolute error where labels are numbers: an Ignite metric.

    Its updates are pairs of outputs ``(B, K)`` and class numbers ``(B,)``, or of outputs and numbers ``(B, 1)``;
    either may be a list of a decollated batch's items.

    Args:
        output_transform: from an engine's output to such a pair.
    """

    def __init__(self, output_transform: Callable[..., Any] = lambda output: output) -> None:
        super().__init__(_error, lambda output: tuple(stacked(part) for part in output_transform(output)))


def _error(output: Tensor, truth: Tensor) -> Tensor:
    """Return the mean error of a batch."""
    if truth.is_floating_point():
        return F.l1_loss(output, truth)
    return (output.argmax(1) != truth).float().mean()
