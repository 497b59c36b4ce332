"""Whole cohorts through a predictor, in batches."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from brainaging.pipeline.engines.inferers import MirrorInferer
from brainaging.pipeline.runtime import counted


@torch.inference_mode()
def predict_volumes(network: nn.Module, volumes: NDArray[np.float32], batch: int = 64) -> NDArray[np.float64]:
    """Return a predictor's outputs ``(n, K)`` for volumes ``(n, X, Y, Z)``: probabilities, or a number (K = 1).

    They are means over a volume and its mirror image.
    """
    device, infer = next(network.parameters()).device, MirrorInferer()
    network.eval()
    parts = [
        infer(torch.from_numpy(volumes[i : i + batch, None]).to(device), network).double().cpu()
        for i in counted(range(0, len(volumes), batch), "predicting, batches", announce=False)
    ]
    outputs = torch.cat(parts)
    return (outputs.softmax(1) if outputs.shape[1] > 1 else outputs).numpy()
