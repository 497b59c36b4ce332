"""The original study's GAN, from its description, on the same scans: what the project set out from."""

import hashlib
import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from brainaging.pipeline.runtime import KeptWork, atomic_output, counted

log = logging.getLogger(__name__)
#: as the original reports them
LATENT, BATCH, RATE, BETAS = 100, 10, 5e-5, (0.5, 0.999)
#: the original skipped the generator's step at random; how often is not reported, every second time is assumed
SKIP = 0.5
#: voxels that the classifier saw by those that the GAN was given: volumes of 70 were resized to 64
STRETCH = 70 / 64
#: channels at full resolution: how many is not reported. Sensitivity: twice as many are four times the work, half
#: as many leave a chequered brain
WIDTH = 32


def original_generator(size: int) -> nn.Sequential:
    """Return transposed convolutions 4-2-1 with BatchNorm from 1 voxel to ``size``.

    A power of two grows from 4 voxels, as the original's 64 do; 96 from 6, by as many layers as 64.
    """
    doublings = size.bit_length() - 3
    channels = [WIDTH * 2**step for step in reversed(range(doublings))]
    layers: list[nn.Module] = [nn.ConvTranspose3d(LATENT, channels[0], size >> doublings, 1, 0, bias=False)]
    for wide, narrow in pairwise(channels):
        layers += [nn.BatchNorm3d(wide), nn.ReLU(), nn.ConvTranspose3d(wide, narrow, 4, 2, 1, bias=False)]
    layers += [nn.BatchNorm3d(channels[-1]), nn.ReLU(), nn.ConvTranspose3d(channels[-1], 1, 4, 2, 1), nn.Sigmoid()]
    return nn.Sequential(*layers)


def original_discriminator(size: int) -> nn.Sequential:
    """Return the mirror image of :func:`original_generator`: convolutions 4-2-1 with BatchNorm, one logit."""
    doublings = size.bit_length() - 3
    channels = [1, *(WIDTH * 2**step for step in range(doublings))]
    layers: list[nn.Module] = []
    for step, (narrow, wide) in enumerate(pairwise(channels)):
        layers.append(nn.Conv3d(narrow, wide, 4, 2, 1, bias=False))
        layers += [nn.BatchNorm3d(wide)] if step else []
        layers.append(nn.LeakyReLU(0.2))
    return nn.Sequential(*layers, nn.Conv3d(channels[-1], 1, size >> doublings, 1, 0), nn.Flatten(0))


def stretched(volumes: np.ndarray) -> np.ndarray:
    """Return volumes (n, X, Y, Z) of cubes, resized as the original's: 70 voxels of field of view into 64.

    Around every volume a margin is laid that makes its field of view 70/64 as wide; resized back to the same
    number of voxels, a head is 0.914 of its size, on a grid that looks the same.
    """
    size = volumes.shape[1]
    wide = round(size * STRETCH)
    before = (wide - size) // 2
    x = torch.from_numpy(np.ascontiguousarray(volumes[:, None], dtype=np.float32))
    room = F.pad(x, [before, wide - size - before] * 3)
    small: np.ndarray = F.interpolate(room, size=[size] * 3, mode="trilinear")[:, 0].numpy()
    return small


class OriginalGan:
    """The two networks of cubes of ``size`` voxels, their optimisers, and the original's step."""

    def __init__(self, size: int) -> None:
        self.generator, self.discriminator = original_generator(size), original_discriminator(size)
        self._g_step, self._d_step = (
            torch.optim.Adam(network.parameters(), RATE, BETAS) for network in (self.generator, self.discriminator)
        )

    def step(self, real: Tensor, latents: Tensor, move_generator: bool) -> None:
        """Take the discriminator's step, and the generator's unless it is skipped.

        Args:
            real: (B, 1, X, Y, Z) scans, 0 … 1.
            latents: (B, :data:`LATENT`, 1, 1, 1).
            move_generator: whether the generator takes its step.
        """
        fake = self.generator(latents)
        loss = _bce(self.discriminator(real), 1.0) + _bce(self.discriminator(fake.detach()), 0.0)
        _step(self._d_step, loss)
        if move_generator:
            # the generator's step asks for no gradients of the discriminator's weights
            loss = _bce(self.discriminator.requires_grad_(False)(fake), 1.0)
            self.discriminator.requires_grad_(True)
            _step(self._g_step, loss)


def original_brains(volumes: np.ndarray, count: int, epochs: int, folder: Path, seed: int) -> np.ndarray:
    """Train the original's recipe and return ``count`` of its brains (k, X, Y, Z).

    z ~ U(0, 1) of 100 numbers, BCE, Adam 5e-5 with β (0.5, 0.999), batches of 10, the generator's step skipped at
    random, volumes scaled to 0 … 1 and resized as :func:`stretched`. Brains are scaled back to the scans'
    intensities, and not to their size: that is how the original's classifier saw them.

    Args:
        volumes: (n, X, Y, Z) training scans, cubes with a power of two of voxels.
        count: brains to make.
        epochs: passes over the scans.
        folder: keeps the finished brains.
        seed: of weights, batches and latents.
    """
    work = KeptWork(
        folder,
        {
            "count": count,
            "epochs": epochs,
            "seed": seed,
            "volumes": hashlib.sha256(np.ascontiguousarray(volumes).data).hexdigest(),
            "width": WIDTH,
        },
        code=[__name__],
    )
    kept = folder / "brains.npz"
    if work.finished:
        with np.load(kept) as stored:
            finished: np.ndarray = stored["brains"]
        return finished
    log.info("the original's recipe: %d passes over %d scans", epochs, len(volumes))
    generator, top = _trained(volumes, epochs, seed)
    with torch.inference_mode():
        draws = torch.Generator().manual_seed(seed)
        latents = torch.rand(count, LATENT, 1, 1, 1, generator=draws)
        brains = torch.cat([generator.eval()(part)[:, 0] for part in latents.split(64)]).numpy() * top
    with atomic_output(kept) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, brains=brains)
    work.finish(kept.name)
    return brains


def _trained(volumes: np.ndarray, epochs: int, seed: int) -> tuple[nn.Sequential, float]:
    """Return the trained generator and the intensity that its 1 stands for."""
    size, top = volumes.shape[1], float(volumes.max())
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        scans = torch.from_numpy(stretched(volumes) / top)[:, None]
        gan = OriginalGan(size)
        for _ in counted(range(epochs), "the original's recipe, epochs"):
            for rows in torch.randperm(len(scans)).split(BATCH):
                if len(rows) < 2:
                    continue
                latents = torch.rand(len(rows), LATENT, 1, 1, 1)
                gan.step(scans[rows], latents, move_generator=bool(torch.rand(()) >= SKIP))
    return gan.generator, top


def _bce(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
