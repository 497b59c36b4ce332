"""What this project's own trainers share: batches of scans, mirrored at random, on the network's device."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from monai.engines import Trainer
from monai.utils import CommonKeys
from torch import Tensor

from brainaging.pipeline.engines.arithmetic import MixedPrecision
from brainaging.pipeline.engines.batches import mirrored


class ScanTrainer(Trainer):
    """MONAI's trainer over batches of scans that stay batches; a subclass takes the steps in ``_iteration``.

    Args:
        device: of the networks.
        max_epochs: passes over the scans.
        train_data_loader: batches with ``image`` ``(B, 1, X, Y, Z)``.
        train_handlers: handlers to attach.
        precision: of convolutions, see :class:`brainaging.pipeline.engines.arithmetic.MixedPrecision`.
    """

    def __init__(
        self,
        device: torch.device | str,
        max_epochs: int,
        train_data_loader: Iterable[Any],
        train_handlers: Sequence[Any] | None = None,
        precision: str = "auto",
    ) -> None:
        self.arithmetic = MixedPrecision(precision, device)
        super().__init__(
            device=torch.device(device),
            max_epochs=max_epochs,
            data_loader=train_data_loader,
            handlers=train_handlers,
            decollate=False,
        )

    def scans(self, batchdata: Mapping[str, Any], flip: float) -> Tensor:
        """Return a batch's scans ``(B, 1, X, Y, Z)`` on the device, each mirrored with probability ``flip``."""
        return mirrored(batchdata[CommonKeys.IMAGE].to(self.state.device, non_blocking=True), flip)
