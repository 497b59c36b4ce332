"""Latents of a population that comes in two kinds: along one axis their distribution has two humps, not one."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from brainaging.networks.linear.ridge import ridge

#: of the map along the axis, an entry a sixteenth of a standard deviation; beyond the last knots (one draw in
#: 16,000) it goes on straight
KNOTS, REACH = 129, 4.0
#: standard deviations from one hump to the other; further apart nothing lies between, and the way has no slope
FARTHEST = 8.0


class TwoKinds(nn.Module):
    """A map φ of z ~ N(0, I), in closed form both ways, to latents with two humps along an axis a.

        φ(z) = z + (h(aᵀz) − aᵀz) a,

    h the increasing function that carries N(0, 1) to the mixture of two normals of one width, its mean 0 and its
    variance 1. Brains of women and men are such a mixture, and normal latents make too many that are neither. In a
    hundred directions a thousand scans do not show the humps by themselves: independent components find outliers.
    So the fit is told which scan is of which kind; what draws brains is not, and does not choose. Before a fit
    φ(z) = z.

    Args:
        size: L, numbers in a latent.
    """

    axis: Tensor
    drawn: Tensor
    meant: Tensor
    border: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("axis", torch.zeros(size))
        self.register_buffer("drawn", torch.linspace(-REACH, REACH, KNOTS))
        self.register_buffer("meant", torch.linspace(-REACH, REACH, KNOTS))
        self.register_buffer("border", torch.zeros(()))

    def forward(self, z: Tensor) -> Tensor:
        """Map normal latents ``(B, L)`` to those of the population ``(B, L)``."""
        along = z @ self.axis
        return z + (_read(along, self.drawn, self.meant) - along)[:, None] * self.axis

    def inverse(self, codes: Tensor) -> Tensor:
        """Map latents of the population ``(B, L)`` to normal ones ``(B, L)``."""
        along = codes @ self.axis
        return codes + (_read(along, self.meant, self.drawn) - along)[:, None] * self.axis

    def intended(self, z: Tensor) -> Tensor:
        """Return the kind ``(B,)`` that normal latents ``(B, L)`` stand for: 0 or 1, −1 where no kinds are known.

        It is the likelier hump at φ(z): on the other side of the border aᵀφ(z) = b the other one is.
        """
        if not bool(self.axis.any()):
            return torch.full((len(z),), -1, dtype=torch.long, device=z.device)
        return (_read(z @ self.axis, self.drawn, self.meant) > self.border).long()

    @torch.no_grad()
    def fit(self, codes: Tensor, kinds: Tensor) -> float:
        """Fit a and h to white codes ``(n, L)`` of two kinds ``(n,)``, 0 or 1, −1 where unknown.

        a is the ridge regression of the kinds on the codes, which for white codes is Fisher's discriminant; how
        far apart the humps are is read from what each scan's kind is by the others' regression, which relatives
        among them make a little larger.

        Returns:
            the distance of the humps in their own standard deviations; 0 where there are not two of each kind, or
            the codes do not tell them, and φ stays as it was.
        """
        labelled = kinds >= 0
        codes, kinds = codes[labelled], kinds[labelled].to(codes)
        if min(int((kinds == 0).sum()), int((kinds == 1).sum())) < 2:
            return 0.0
        slopes, errors = ridge(codes, kinds[:, None])
        predicted = kinds - errors[:, 0]
        means = [predicted[kinds == kind].mean() for kind in (0, 1)]
        width = (predicted - torch.stack(means)[kinds.long()]).square().mean().sqrt()
        apart = float((means[1] - means[0]) / width)
        if not apart > 0:
            return 0.0
        apart, share = min(apart, FARTHEST), float(kinds.mean())
        self.axis.copy_(slopes[:, 0] / slopes.norm())
        self.meant.copy_(torch.from_numpy(_quantiles(self.drawn.cpu().numpy(), apart, share)))
        low, high, spread = _humps(apart, share)
        # where the humps' densities, each by its share, are the same
        self.border.fill_((low + high) / 2 + spread**2 / (high - low) * np.log((1 - share) / share))
        return apart


def _read(at: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return y (K,) read at ``at``, linear between the knots x (K,) and beyond them."""
    left = torch.bucketize(at, x[1:-1])
    slope = (y[left + 1] - y[left]) / (x[left + 1] - x[left])
    return y[left] + slope * (at - x[left])


def _humps(apart: float, share: float) -> tuple[float, float, float]:
    """Return the two means and the width of the mixture whose mean is 0 and whose variance is 1."""
    width = float(1 / np.sqrt(1 + share * (1 - share) * apart**2))
    return -share * apart * width, (1 - share) * apart * width, width


def _quantiles(normal: NDArray[np.float32], apart: float, share: float) -> NDArray[np.float32]:
    """Return what numbers of N(0, 1) are in the mixture: as large a part of it lies below.

    Args:
        normal: (k,) quantiles of N(0, 1).
        apart: distance of the two means in standard deviations of one kind.
        share: of the kind with the larger mean.
    """
    low, high, width = _humps(apart, share)
    grid = np.linspace(-3 * REACH, 3 * REACH, 20001)
    bells = [torch.special.ndtr(torch.from_numpy((grid - mean) / width)).numpy() for mean in (low, high)]
    below = (1 - share) * bells[0] + share * bells[1]
    below_normal = torch.special.ndtr(torch.from_numpy(normal).double()).numpy()
    quantiles: NDArray[np.float32] = np.interp(below_normal, below, grid).astype(np.float32)
    return quantiles
