"""Noise on a full grid from a few numbers: what a lattice of coarse nodes cannot tell of its voxels."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LatticeNoise(nn.Module):
    """Noise s n(ε), linear in ε: its power spectrum is fitted, its phases are fixed, s is its deviation by node.

    n repeats itself from one block of as many voxels as the lattice has nodes to the next (96 mm at t1w_64, 6 mm
    nodes): its numbers are too few for anything else, and s differs from block to block.

    Args:
        support: ``(1, 1, X, Y, Z)``, 1 in voxels that brains may fill.
        factor: r, voxels an axis of a node.
    """

    support: Tensor
    amplitude: Tensor
    phase: Tensor

    def __init__(self, support: Tensor, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.nodes = [size // factor for size in support.shape[2:]]
        self.register_buffer("support", support, persistent=False)
        self.spread = nn.Parameter(torch.zeros(1, 1, *self.nodes))
        self.register_buffer("amplitude", torch.zeros(self.nodes[0], self.nodes[1], self.nodes[2] // 2 + 1))
        # the same phases everywhere: brains of one ε are the same on every machine
        white = torch.fft.rfftn(torch.randn(self.nodes, generator=torch.Generator().manual_seed(0), device="cpu"))
        self.register_buffer("phase", white / white.abs(), persistent=False)

    def forward(self, detail: Tensor) -> Tensor:
        """Return s n(ε) ``(B, 1, X, Y, Z)`` of ε ``(B, D)``; its mean over every node's voxels is 0."""
        r, nodes = self.factor, self.nodes
        size = nodes[0] * nodes[1] * nodes[2]
        drawn = detail[:, :size].float()
        # each number is an impulse, which the filter spreads; power is shared out among them
        field = F.pad(drawn, [0, size - drawn.shape[1]]).view([-1] + nodes) / drawn.shape[1] ** 0.5
        spectrum = torch.fft.rfftn(field, dim=[1, 2, 3]) * (self.amplitude * self.phase)
        block = torch.fft.irfftn(spectrum, s=nodes, dim=[1, 2, 3])[:, None]
        whole = block.repeat(1, 1, r, r, r) * self.support
        by_node = whole.view(-1, nodes[0], r, nodes[1], r, nodes[2], r)
        # s is one number a node: taken out before, the mean needs no gradient
        beside = (by_node - self._means(whole)[:, :, None, :, None, :, None]).view_as(whole)
        return beside * repeated(self.spread, r)

    def _means(self, whole: Tensor) -> Tensor:
        """Return the mean ``(B, X, Y, Z)`` over every node's voxels of ``(B, 1, rX, rY, rZ)``.

        In products with matrices of averages, which a CPU is faster at than at pooling.
        """
        across = [
            torch.eye(size, device=whole.device).repeat_interleave(self.factor, 0) / self.factor
            for size in self.nodes
        ]
        last = (whole[:, 0] @ across[2]).transpose(2, 3)
        middle = (last @ across[1]).transpose(1, 3)
        return (middle @ across[0]).permute(0, 3, 1, 2)

    @torch.no_grad()
    def fit(self, spread: Tensor, left: Iterable[Tensor]) -> None:
        """Set s to standard deviations ``(1, 1, …)`` by node, and n's power spectrum to that of examples by s.

        Args:
            spread: of what the lattice does not tell.
            left: batches ``(B, 1, X, Y, Z)`` of it; zero outside the support.
        """
        r, shape = self.factor, self.support.shape[2:]
        self.spread.copy_(spread)
        least = 1e-3 * self.spread.max().clamp_min(1e-9)
        scale, power, count = 1 / repeated(self.spread.clamp_min(least), r)[0], torch.zeros_like(self.amplitude), 0
        for batch in left:
            spectrum = torch.fft.rfftn(batch[:, 0] * scale, dim=(1, 2, 3))
            # the block's frequencies are every r-th of the volume's
            power += spectrum.abs().square().sum(0)[::r, ::r, ::r]
            count += len(batch)
        # noise of unit variance in a part of the volume has that part of a full volume's power
        voxels = shape[0] * shape[1] * shape[2]
        self.amplitude.copy_((power / (count * self.support.sum() * r**3)).sqrt() * voxels**0.5)


def repeated(x: Tensor, r: int) -> Tensor:
    """Return every node's number of ``(B, C, …)`` at each of its voxels ``(B, C, r …)``."""
    return F.interpolate(x, scale_factor=float(r), mode="nearest")
