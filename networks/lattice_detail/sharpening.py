"""What reading between voxels blurs, given back by one filter."""

from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: of the filter along each axis. Sensitivity: of 155 people at t1w_64, drawn brains have 0.93 of the power of
#: others at half of the grid's Nyquist frequency with 5, 0.86 with 3, and 0.61 without
WIDTH = 5
#: by the mean square of the volumes: where nothing tells weights apart the filter does nothing. Sensitivity: none
_RIDGE = 1e-6
#: volumes at a time, each of whose voxels brings its neighbours. Sensitivity: memory and time alone
_BATCH = 4


class Sharpening(nn.Module):
    """K ∗ x, with K of 125 weights the regression of sharp volumes on blurred ones at the same places.

    A brain that an appearance model moves is read between its voxels, and is the more blurred the finer what is
    looked at. What a scan has more of it is therefore no noise that may be drawn apart: it goes with the brain,
    and power adds up only of what does not. Least squares leave a rest that goes with none of these neighbours.
    """

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.reach = WIDTH // 2
        self.register_buffer("kernel", torch.zeros(1, 1, WIDTH, WIDTH, WIDTH))
        self.reset()

    def reset(self) -> None:
        """Let volumes be as they are."""
        self.kernel.zero_()
        self.kernel[..., self.reach, self.reach, self.reach] = 1

    def forward(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to sharper ones; beyond the edge lies 0."""
        if torch.jit.is_scripting() or not x.requires_grad:
            return F.conv3d(x, self.kernel, padding=self.reach)
        return self._with_gradient(x)

    @torch.jit.unused
    def _with_gradient(self, x: Tensor) -> Tensor:
        filtered: Tensor = _Filter.apply(x, self.kernel)
        return filtered

    @torch.no_grad()
    def fit(self, pairs: Iterable[tuple[Tensor, Tensor]], voxels: Tensor) -> None:
        """Set K to what makes blurred volumes most like sharp ones.

        Args:
            pairs: batches of sharp and of blurred volumes, each ``(B, 1, X, Y, Z)``.
            voxels: flat numbers of those that count.
        """
        self.reset()
        count = self.kernel.numel()
        square, product = torch.zeros(count, count).double(), torch.zeros(count).double()
        few = (
            both
            for sharp, blurred in pairs
            for both in zip(sharp.split(_BATCH), blurred.split(_BATCH), strict=True)
        )
        for sharp, blurred in few:
            near = F.pad(blurred, [self.reach] * 6)[:, 0]
            for axis in (1, 2, 3):
                near = near.unfold(axis, WIDTH, 1)
            rows = near.flatten(1, 3)[:, voxels].reshape(-1, count)
            left = (sharp - blurred).flatten(1)[:, voxels].reshape(-1)
            square += (rows.T @ rows).double().cpu()
            product += (rows.T @ left).double().cpu()
        square += _RIDGE * square.diagonal().mean() * torch.eye(count)
        self.kernel += torch.linalg.solve(square, product).view_as(self.kernel).to(self.kernel)


class _Filter(torch.autograd.Function):
    """The filter with its gradient by another filter, K turned round.

    On a CPU torch's gradient of a convolution of one channel takes 24 times as long as the convolution (width 5,
    20 volumes of 32³), which was half of a GAN's step. K is fitted and not trained: it gets no gradient.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor) -> Tensor:
        ctx.save_for_backward(kernel)
        return _by_planes(x, kernel)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None]:
        (kernel,) = ctx.saved_tensors
        return _by_planes(gradients[0], kernel.flip(2, 3, 4)), None


def _by_planes(x: Tensor, kernel: Tensor) -> Tensor:
    """Return K ∗ x, the planes of the first axis taken for channels, each of which sees those near it.

    A third of the time that a CPU takes for a convolution of one channel, whose numbers do not fill its registers.
    """
    planes, reach = torch.arange(x.shape[2], device=x.device), kernel.shape[-1] // 2
    beside = planes - planes[:, None]
    weights = kernel[0, 0].index_select(0, (beside + reach).clamp(0, 2 * reach).flatten())
    near = (beside.abs() <= reach).flatten()[:, None, None]
    weights = (weights * near).unflatten(0, beside.shape)
    return F.conv2d(x[:, 0], weights, padding=reach)[:, None]
