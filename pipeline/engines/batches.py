"""From a loader's batch to a network's input and target, on the network's device."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from monai.utils import CommonKeys
from torch import Tensor

from brainaging.pipeline.engines.processes import own_rows
from brainaging.pipeline.runtime import UserError


class PreparedBatch(ABC):
    """``prepare_batch`` of MONAI's engines; a subclass says what of a batch the network gets."""

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, ...]:
        """Return input and target, and what else MONAI's engines pass to the network, on ``device``."""
        return self.prepared(lambda key: batchdata[key].to(device, non_blocking=non_blocking, **kwargs))

    @abstractmethod
    def prepared(self, sent: Callable[[str], Tensor]) -> tuple[Any, ...]:
        """Return the same of a batch whose tensors ``sent`` gives by key, on the network's device."""


class ReconstructionBatch(PreparedBatch):
    """``prepare_batch`` of MONAI's engines for autoencoders: the target is the image itself.

    Random left-right flips, deformations and noise are drawn for a whole batch at once on the network's device:
    one indexed copy in place of a chain of Python calls per scan. The mirror image of a brain is as probable a
    brain, and doubles what the network sees of anatomy. A slightly deformed brain lies outside the span of the
    training scans, as every new brain does: without it a network that starts from their principal components
    sees no error that it could learn from. Noise on the input alone makes it a denoising autoencoder (Vincent et
    al. 2008).

    Args:
        flip: probability that a scan is mirrored; the first spatial axis must run left to right.
        elastic: standard deviation of a random displacement, in half fields of view (0.01 of 96 mm is 1 mm), drawn
            on a lattice of 6 nodes an axis and interpolated.
        noise: standard deviation, in the image's unit, of the Gaussian noise added to the input.
    """

    def __init__(self, flip: float = 0.0, elastic: float = 0.0, noise: float = 0.0) -> None:
        self.flip = flip
        self.elastic = elastic
        self.noise = noise

    def prepared(self, sent: Callable[[str], Tensor]) -> tuple[Tensor, Tensor]:
        """Return input and target, each ``(B, 1, X, Y, Z)``."""
        image = sent(CommonKeys.IMAGE)
        if self.flip > 0:
            image = mirrored(image, self.flip)
        if self.elastic > 0:
            image = deformed(image, self.elastic)
        if self.noise > 0:
            return image + self.noise * noise_like(image), image
        return image, image


class PredictionBatch(ReconstructionBatch):
    """``prepare_batch`` for classes or numbers: flips, deformations and noise of the image, the label as it is."""

    def prepared(self, sent: Callable[[str], Tensor]) -> tuple[Tensor, Tensor]:
        """Return images ``(B, 1, X, Y, Z)`` and class numbers ``(B,)``, or numbers ``(B, 1)``."""
        image, _ = super().prepared(sent)
        label = sent("label")
        return image, label.float()[:, None] if label.is_floating_point() else label


class LatentBatch(PreparedBatch):
    """``prepare_batch`` for latents: the network is called with ``z`` and ``detail``, and there is no target."""

    def prepared(self, sent: Callable[[str], Tensor]) -> tuple[Tensor, None, tuple[()], dict[str, Tensor]]:
        """Return the latents ``(B, L)`` and, for the network, the detail ``(B, D)``."""
        return sent(CommonKeys.IMAGE), None, (), {"detail": sent("detail")}


def noise_like(image: Tensor) -> Tensor:
    """Return numbers of N(0, 1), one for each voxel of volumes ``(B, C, X, Y, Z)``, see :func:`own_rows`."""
    sizes = image.shape[1:]
    return own_rows(lambda count: torch.randn(count, *sizes, device=image.device, dtype=image.dtype), len(image))


def mirrored(image: Tensor, probability: float) -> Tensor:
    """Return volumes ``(B, C, X, Y, Z)``, each mirrored left to right with ``probability``.

    Raises:
        UserError: it is none.
    """
    if not 0 <= probability <= 1:
        raise UserError(f"flip: expected a probability from 0 to 1, found {probability}")
    chosen = own_rows(lambda count: torch.rand(count, device=image.device), len(image)) < probability
    return torch.where(chosen[:, None, None, None, None], image.flip(2), image)


def deformed(image: Tensor, amplitude: float, nodes: int = 6) -> Tensor:
    """Return volumes ``(B, C, X, Y, Z)``, each moved by its own smooth random displacement.

    Args:
        image: the volumes.
        amplitude: standard deviation of the displacement at the lattice's nodes, in half fields of view.
        nodes: of the lattice along each axis.
    """
    sizes = (3, nodes, nodes, nodes)
    lattice = amplitude * own_rows(lambda count: torch.randn(count, *sizes, device=image.device), len(image))
    field = F.interpolate(lattice, size=image.shape[2:], mode="trilinear", align_corners=True)
    axes = [torch.linspace(-1, 1, size, device=image.device) for size in image.shape[2:]]
    # grid_sample counts axes from the last to the first.
    identity = torch.stack(torch.meshgrid(axes, indexing="ij")[::-1], -1)
    return F.grid_sample(image, identity + field.permute(0, 2, 3, 4, 1).to(image), align_corners=True)
