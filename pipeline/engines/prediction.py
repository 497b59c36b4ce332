"""Batches, metrics, inferers and tables of networks that read a label from a scan."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from ignite.engine import Engine, Events
from ignite.metrics import Loss
from monai.inferers import Inferer
from monai.utils import CommonKeys
from numpy.typing import NDArray
from torch import Tensor, nn

from brainaging.pipeline.engines.batches import ReconstructionBatch
from brainaging.pipeline.runtime import atomic_output


class PredictionBatch(ReconstructionBatch):
    """``prepare_batch`` for classes or numbers: flips, deformations and noise of the image, the label as it is."""

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[Tensor, Tensor]:
        """Return images ``(B, 1, X, Y, Z)`` and class numbers ``(B,)``, or numbers ``(B, 1)``."""
        image, _ = super().__call__(batchdata, device, non_blocking, **kwargs)
        label = batchdata["label"].to(device, non_blocking=non_blocking)
        return image, label.float()[:, None] if label.is_floating_point() else label


class MirrorInferer(Inferer):
    """The mean of what a network says of a volume and of its mirror image: what is true of one is of the other."""

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return the network's answer ``(B, K)`` to volumes ``(B, 1, X, Y, Z)``, first spatial axis left-right."""
        mean: Tensor = (network(inputs, *args, **kwargs) + network(inputs.flip(2), *args, **kwargs)) / 2
        return mean


class PredictionError(Loss):
    """Share of wrong classes, or mean absolute error where labels are numbers: an Ignite metric.

    Its updates are pairs of answers ``(B, K)`` and class numbers ``(B,)``, or of answers and numbers ``(B, 1)``.

    Args:
        output_transform: from an engine's output to such a pair.
    """

    def __init__(self, output_transform: Callable[..., Any] = lambda output: output) -> None:
        super().__init__(_error, output_transform)


def _error(said: Tensor, truth: Tensor) -> Tensor:
    """Return the mean error of a batch."""
    return F.l1_loss(said, truth) if truth.is_floating_point() else (said.argmax(1) != truth).float().mean()


class WritePredictions:
    """Write ``predictions.csv``: subject, grid and, by class, probabilities and the likeliest; or one number.

    Args:
        folder: where the table goes.
        classes: the classes' names; none for a number.
        target: name of what is predicted, the column of the likeliest class or of the number.
        grid: fingerprint of the network's grid.
    """

    def __init__(self, folder: str, classes: Sequence[str], target: str, grid: str) -> None:
        self.path = Path(folder) / "predictions.csv"
        self.classes, self.target, self.grid = list(classes), target, grid
        self.subjects: list[str] = []
        self.said: list[Tensor] = []
        self.logger = logging.getLogger(__name__)

    def attach(self, engine: Engine) -> None:
        """Attach to an evaluator whose batches hold ``subject``."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.COMPLETED, self.finish)

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        self.subjects, self.said = [], []

    def gather(self, engine: Engine) -> None:
        """Keep a batch's answers."""
        batch, output = cast(dict[str, Any], engine.state.batch), cast(dict[str, Any], engine.state.output)
        self.subjects += batch["subject"]
        self.said.append(output[CommonKeys.PRED].float().cpu())

    def finish(self) -> None:
        """Write the table."""
        said = torch.cat(self.said)
        table = pd.DataFrame({"subject": self.subjects, "grid": self.grid})
        if self.classes:
            table[self.target] = [self.classes[number] for number in said.argmax(1).tolist()]
            shares = said.softmax(1).numpy()
            for number, name in enumerate(self.classes):
                table[f"p_{name}"] = shares[:, number]
        else:
            table[self.target] = said[:, 0].numpy()
        with atomic_output(self.path) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
        self.logger.info("%d predictions in %s", len(table), self.path)


@torch.inference_mode()
def predict_volumes(network: nn.Module, volumes: NDArray[np.float32], batch: int = 64) -> NDArray[np.float64]:
    """Return a predictor's answers ``(n, K)`` to volumes ``(n, X, Y, Z)``: probabilities, or a number (K = 1).

    A volume and its mirror image are both asked.
    """
    device, ask = next(network.parameters()).device, MirrorInferer()
    network.eval()
    parts = [
        ask(torch.from_numpy(volumes[i : i + batch, None]).to(device), network).double().cpu()
        for i in range(0, len(volumes), batch)
    ]
    said = torch.cat(parts)
    return (said.softmax(1) if said.shape[1] > 1 else said).numpy()
