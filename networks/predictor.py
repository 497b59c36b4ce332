"""A convolutional network and a linear model, weighed against each other: sex or age from a T1w volume."""

import torch
import torch.nn.functional as F
from monai.networks.nets import DenseNet, ResNet
from monai.networks.nets.resnet import ResNetBlock
from torch import Tensor, nn

from brainaging.networks.grid_bound import GridBound
from brainaging.networks.mask import Mask, checked_mask

ARCHITECTURES = ("resnet", "densenet")


class T1wPredictor(GridBound):
    """Classes, as logits, or a number, in its own unit, from T1w volumes on a grid.

    With f a convolutional network and Wx + b a linear model of the same target, fitted in closed form:

        ŷ = m + s (w₀ (Wx + b) + w₁ f(x)).

    f alone is what gradient steps train: in training mode ŷ = m + s f(x). The weights w are chosen on validation
    scans (:class:`brainaging.pipeline.handlers.StackModels`), where they are both the weighing of the two and, for
    logits, the temperature that calibrates them (Guo et al. 2017, ICML). With few scans the linear model leads,
    with many the network does, and neither has to contain the other.

    Args:
        mask: bool ``(X, Y, Z)``, the voxels that the linear model sees.
        outputs: K, the number of classes; 1 for a number.
        architecture: MONAI's ``resnet`` (He et al. 2016, four stages of one block) or ``densenet`` (Huang et al.
            2017, three blocks of four layers).
        width: channels after the first convolution.
        grid: fingerprint of the grid.

    Raises:
        ValueError: the mask is not three-dimensional or is empty, a size is not positive, or the architecture is
            unknown.
    """

    voxels: Tensor
    weight: Tensor
    bias: Tensor
    centre: Tensor
    spread: Tensor
    mix: Tensor

    def __init__(
        self,
        mask: Mask,
        outputs: int = 2,
        architecture: str = "resnet",
        width: int = 16,
        grid: str = "",
    ) -> None:
        super().__init__(grid)
        inside = checked_mask(mask)
        if min(outputs, width) < 1:
            raise ValueError(f"sizes must be positive, got {outputs=}, {width=}")
        self.shape, self.outputs = list(inside.shape), outputs
        self.register_buffer("voxels", inside.flatten().nonzero()[:, 0], persistent=False)
        self.register_buffer("weight", torch.zeros(outputs, len(self.voxels)))
        self.register_buffer("bias", torch.zeros(outputs))
        self.register_buffer("centre", torch.zeros(outputs))
        self.register_buffer("spread", torch.ones(outputs))
        self.register_buffer("mix", torch.tensor([0.0, 1.0]))
        self.network = _network(architecture, width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to logits, or numbers, ``(B, K)``."""
        if self.training:
            return self.centre + self.spread * self.network(x)
        return self.centre + self.spread * (self.mix[0] * self.linear(x) + self.mix[1] * self.network(x))

    def linear(self, x: Tensor) -> Tensor:
        """Return the linear model's answer ``(B, K)``, before m and s."""
        return F.linear(x.flatten(1)[:, self.voxels], self.weight, self.bias)


def _network(architecture: str, width: int, outputs: int) -> nn.Module:
    if architecture == "resnet":
        # a first stride of 2 and no pooling: edges are what tells a large brain from a small one
        return ResNet(
            ResNetBlock,
            [1, 1, 1, 1],
            [width, 2 * width, 4 * width, 8 * width],
            spatial_dims=3,
            n_input_channels=1,
            conv1_t_size=3,
            conv1_t_stride=2,
            no_max_pool=True,
            num_classes=outputs,
        )
    if architecture == "densenet":
        # a fourth block would see one voxel of a brain at 6 mm, too few for batch normalisation
        return DenseNet(
            3, 1, outputs, init_features=width, growth_rate=max(width * 3 // 4, 1), block_config=(4,) * 3
        )
    raise ValueError(f"architecture: expected {' or '.join(ARCHITECTURES)}, got {architecture!r}")
