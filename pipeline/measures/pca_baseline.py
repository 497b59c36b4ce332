"""PCA as a compressor: the linear baseline of every autoencoder.

Principal components of training volumes inside a mask, by the one solver (:func:`principal_components`), with or
without each volume's left-right mirror image among the training rows.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from brainaging.networks import NoVarianceError, principal_components
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.sample_space import gram


@dataclass(frozen=True)
class PcaBaseline:
    """A fitted PCA of volumes (X, Y, Z).

    Attributes:
        region: (X, Y, Z) bool, the voxels that are modelled; with flips it is the mask and its mirror image.
        mean: (p,) training mean of the region's voxels.
        components: (r, p) orthonormal, largest variance first.
        variance: (r,) variance along each component, divisor n − 1.
    """

    region: np.ndarray
    mean: np.ndarray
    components: np.ndarray
    variance: np.ndarray

    @classmethod
    def fit(
        cls, volumes: np.ndarray, mask: np.ndarray, *, flips: bool = False, components: int | None = None
    ) -> "PcaBaseline":
        """Fit to training volumes (n, X, Y, Z).

        Args:
            volumes: training volumes on an RAS grid that is symmetric about x = 0.
            mask: (X, Y, Z) bool.
            flips: also fit to the mirror images (first spatial axis reversed).
            components: how many at most; all that the volumes span (at most n − 1, 2n − 1 with flips) if None.

        Raises:
            UserError: fewer than two volumes, or a mask of another shape.
        """
        if len(volumes) < 2:
            raise UserError(f"PCA needs at least 2 training volumes, found {len(volumes)}")
        if volumes.shape[1:] != mask.shape:
            raise UserError(f"PCA mask: expected shape {volumes.shape[1:]}, found {mask.shape}")
        region = mask | mask[::-1] if flips else mask.astype(bool)
        rows = volumes[:, region]
        if flips:
            rows = np.concatenate([rows, volumes[:, ::-1][:, region]])
        count = len(rows) - 1 if components is None else min(components, len(rows) - 1)
        try:
            principal = principal_components(torch.from_numpy(rows), count)
        except NoVarianceError:
            return cls(region, rows.mean(axis=0), np.empty((0, rows.shape[1]), rows.dtype), np.empty(0))
        variance = principal.deviation.double().square().numpy()
        return cls(region, principal.mean.numpy(), principal.components.numpy(), variance)

    @property
    def max_components(self) -> int:
        """Number of components (at most n − 1, 2n − 1 with flips)."""
        return len(self.variance)

    def encode(self, volumes: np.ndarray, components: int | None = None) -> np.ndarray:
        """Return the scores (m, k), in double precision, of volumes (m, X, Y, Z)."""
        return gram(volumes[:, self.region] - self.mean, self.components[:components])

    def reconstruct(self, volumes: np.ndarray, components: int | None = None) -> np.ndarray:
        """Return the projections (m, X, Y, Z) of volumes on the first ``components`` (all if None, 0 is the mean).

        Voxels outside the region are 0. More components than there are counts as all.
        """
        return self.decode(self.encode(volumes, components)).astype(volumes.dtype, copy=False)

    def decode(self, scores: np.ndarray) -> np.ndarray:
        """Return the volumes (m, X, Y, Z) of scores (m, k) on the first k components; 0 outside the region."""
        components = self.components[: scores.shape[1]]
        out = np.zeros((len(scores), *self.region.shape), dtype=components.dtype)
        out[:, self.region] = self.mean + scores.astype(components.dtype) @ components
        return out


class PcaCoder:
    """A :class:`PcaBaseline` that encodes and decodes as a network does: tensors (B, 1, X, Y, Z) and (B, L)."""

    def __init__(self, volumes: np.ndarray, mask: np.ndarray, codes: int = 100) -> None:
        """Fit to training volumes (n, X, Y, Z) inside ``mask`` (X, Y, Z); at most ``codes`` components.

        Sensitivity: a hundred codes are the original's latent size; fewer volumes give fewer.
        """
        pca = PcaBaseline.fit(volumes, mask, components=codes)
        self.mask = torch.from_numpy(pca.region)
        self.mean, self.components = torch.from_numpy(pca.mean), torch.from_numpy(pca.components)

    def encode(self, x: Tensor) -> Tensor:
        """Return scores."""
        return (x[:, 0][:, self.mask] - self.mean) @ self.components.T

    def decode(self, z: Tensor) -> Tensor:
        """Return volumes, 0 outside the mask."""
        volumes = torch.zeros(len(z), 1, *self.mask.shape)
        volumes[:, 0, self.mask] = self.mean + z @ self.components
        return volumes
