"""Latents of scans: an encoder's estimate refined by gradient descent through the generator."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brainaging.networks import T1wGenerator
from brainaging.pipeline.runtime import counting

_BATCH = 32


def optimise_latents(
    generator: T1wGenerator,
    volumes: NDArray[np.float32],
    start: NDArray[np.float32],
    steps: int = 50,
    rate: float = 0.05,
    prior: float = 1e-6,
) -> Iterator[NDArray[np.float32]]:
    """Yield latents ``(b, L)`` whose expected brains G(z) are closer to volumes, batch by batch.

    Minimises the mean squared error inside the generator's mask plus ``prior`` |z|² / 2 by Adam, the rate falling
    to nothing. The prior is that of a latent that was drawn: without it detail that z does not mean is fitted by
    latents that no brain has.

    Args:
        generator: held fixed.
        volumes: ``(n, X, Y, Z)`` on the generator's grid.
        start: ``(n, L)``, an encoder's estimate.
        steps: of Adam; none gives ``start`` back.
        rate: of Adam at the first step.
        prior: weight of |z|² / 2, in squared intensity.
    """
    device = generator.mean.device
    with counting("descending to the latents of scans", len(volumes)) as advance:
        for begin in range(0, len(volumes), _BATCH):
            x = torch.from_numpy(volumes[begin : begin + _BATCH, None]).to(device)
            z = torch.from_numpy(np.array(start[begin : begin + _BATCH], dtype=np.float32)).to(device)
            yield _descended(generator, x, z, steps, rate, prior).cpu().numpy()
            advance(len(x))


def _descended(generator: T1wGenerator, x: Tensor, z: Tensor, steps: int, rate: float, prior: float) -> Tensor:
    # on the lattice, where there is one: latents move nothing that it does not show
    target = generator.local.coarse(x).flatten(1)[:, generator.voxels]
    trainable = [weight.requires_grad for weight in generator.parameters()]
    generator.requires_grad_(False)
    z.requires_grad_(True)
    optimizer = torch.optim.Adam([z], lr=rate, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
    for _ in range(steps):
        expected = generator.on_lattice(z).flatten(1)[:, generator.voxels]
        # a sum over brains: each has its own latent, and its own descent
        loss = (expected - target).square().mean(1).sum() + 0.5 * prior * z.square().sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
    for weight, needed in zip(generator.parameters(), trainable, strict=True):
        weight.requires_grad_(needed)
    return z.detach()
