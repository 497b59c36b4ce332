"""Brains from latents: the latents of a data set to generate, and their volumes."""

from typing import Any

import numpy as np
import torch
from monai.utils import CommonKeys
from numpy.typing import NDArray
from torch import Tensor

from brainaging.networks import T1wGenerator
from brainaging.pipeline.runtime import counted

#: volumes decoded at once: 64 float32 volumes of 96³ voxels are 226 MB
BATCH = 64


def latent_draws(network: T1wGenerator, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return ``count`` items for a dataset: ``image``, a latent ``(L,)``, ``detail`` ``(D,)`` and ``subject``.

    The first n items of a larger draw are not those of a smaller one.
    """
    z, detail = network.draw(count, torch.Generator().manual_seed(seed))
    return [{CommonKeys.IMAGE: z[i].cpu(), "detail": detail[i].cpu(), "subject": f"{i:06d}"} for i in range(count)]


@torch.inference_mode()
def generate_volumes(network: T1wGenerator, z: Tensor, detail: Tensor | None = None) -> NDArray[np.float32]:
    """Return the brains (n, X, Y, Z) of latents ``(n, L)`` and detail ``(n, D)``, in batches."""
    details = [None] * len(z.split(BATCH)) if detail is None else detail.split(BATCH)
    pairs = zip(z.split(BATCH), details, strict=True)
    shown = counted(pairs, "generating brains, batches", len(details), announce=False)
    parts = [network(*pair)[:, 0].cpu() for pair in shown]
    volumes: NDArray[np.float32] = torch.cat(parts).numpy()
    return volumes
