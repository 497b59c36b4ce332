"""The discriminator of the GAN: real or generated?"""

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from brainaging.networks.lattice_detail.node_blocks import folded

#: where the strided convolutions stop: blocks of 4 to 6 voxels still say where in the brain something is
SMALLEST = 6


class T1wDiscriminator(nn.Module):
    """One logit a volume: a space-to-depth stem, then strided residual blocks down to 4 to 6 voxels an axis.

    The stem turns blocks of 2 × 2 × 2 voxels into channels: nothing is lost, and the costly full resolution is
    never convolved over. No normalisation over the batch: it would let fakes be told by their company.

    Args:
        shape: of the volumes, even sizes.
        width: channels after the first convolution; doubled at every halving, up to four times.

    Raises:
        ValueError: an odd size, or one under 16.
    """

    def __init__(self, shape: tuple[int, int, int] | list[int], width: int = 32) -> None:
        super().__init__()
        if len(shape) != 3 or any(size % 2 or size < 16 for size in shape):
            raise ValueError(f"volumes need three even sizes of at least 16, got {tuple(shape)}")
        sizes, channels, blocks = [size // 2 for size in shape], 8, []
        wide = width
        while min(sizes) > SMALLEST:
            blocks.append(_Halving(channels, wide))
            sizes = [(size + 1) // 2 for size in sizes]
            channels, wide = wide, min(2 * wide, 4 * width)
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.Linear(channels * sizes[0] * sizes[1] * sizes[2], 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to logits ``(B, 1)``, positive for real."""
        # one copy, where the gradient of ``unfold`` fills whole volumes with zeros
        stem = folded(x.contiguous(), 2)
        logit: Tensor = self.last(leaky_relu(self.blocks(stem), 0.2).flatten(1))
        return logit


class _Halving(nn.Module):
    """A strided convolution and a residual pair at the lower resolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = nn.Conv3d(inputs, outputs, 3, stride=2, padding=1)
        self.one = nn.Conv3d(outputs, outputs, 3, padding=1)
        self.two = nn.Conv3d(outputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, inputs, …)`` to ``(B, outputs, …)`` of half the size."""
        low = leaky_relu(self.down(x), 0.2)
        refined: Tensor = low + self.two(leaky_relu(self.one(low), 0.2))
        return refined


def r1_penalty(discriminator: nn.Module, real: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits ``(B, 1)`` on real volumes and the mean squared gradient there.

    R1 of Mescheder et al. 2018 (ICML): it keeps training near its equilibrium where fakes are good.
    """
    inputs = real.detach().requires_grad_()
    logits = discriminator(inputs)
    (gradient,) = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    return logits, gradient.square().flatten(1).sum(1).mean()
