"""Whole cohorts through a network, in batches."""

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from brainaging.pipeline.runtime import counted


class Coder(Protocol):
    """A network with a latent space: what :func:`encode_volumes` and :func:`decode_latents` need."""

    def encode(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)``, or rows of measures ``(B, p)``, to latents ``(B, L)``."""

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``(B, L)`` to volumes ``(B, 1, X, Y, Z)`` or rows ``(B, p)``."""


def _device(network: object) -> torch.device:
    if isinstance(network, nn.Module):
        return next(network.parameters()).device
    return torch.device("cpu")


@torch.inference_mode()
def encode_volumes(network: Coder, volumes: NDArray[np.float32], batch: int = 64) -> NDArray[np.float32]:
    """Return the latents ``(n, L)`` of volumes ``(n, X, Y, Z)``, or of rows of measures ``(n, p)``."""
    device = _device(network)
    inputs = volumes if volumes.ndim == 2 else volumes[:, None]
    parts = [
        network.encode(torch.from_numpy(inputs[i : i + batch]).to(device)).cpu()
        for i in counted(range(0, len(volumes), batch), "encoding, batches", announce=False)
    ]
    return torch.cat(parts).numpy()


@torch.inference_mode()
def decode_latents(network: Coder, latents: NDArray[np.float32], batch: int = 64) -> NDArray[np.float32]:
    """Return the volumes ``(n, X, Y, Z)``, or the rows of measures ``(n, p)``, of latents ``(n, L)``."""
    device = _device(network)
    parts = [
        network.decode(torch.from_numpy(latents[i : i + batch]).to(device)).cpu()
        for i in counted(range(0, len(latents), batch), "decoding, batches", announce=False)
    ]
    decoded = torch.cat(parts)
    return (decoded if decoded.ndim == 2 else decoded[:, 0]).numpy()
