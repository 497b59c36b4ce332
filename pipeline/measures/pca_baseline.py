"""PCA as a compressor: the linear baseline of every autoencoder.

Principal components of training volumes inside a mask, by the one solver (:func:`principal_components`), with or
without each volume's left-right mirror image among the training rows. Of more than
:data:`~brainaging.networks.linear.leading_space.MOST_ROWS` rows, mirror images counted, volumes and their mirror
images are read a block at a time, and all components are the leading
:data:`~brainaging.networks.linear.leading_space.MOST_COMPONENTS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from brainaging.networks import NoVarianceError, PrincipalComponents, principal_components
from brainaging.networks.linear.leading_space import MOST_ROWS, most_components
from brainaging.networks.linear.pca import components_of_rows
from brainaging.networks.linear.row_blocks import row_blocks
from brainaging.pipeline.runtime import UserError, subseed
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
        cls,
        volumes: np.ndarray,
        mask: np.ndarray,
        *,
        flips: bool = False,
        components: int | None = None,
        among: np.ndarray | None = None,
    ) -> "PcaBaseline":
        """Fit to training volumes (n, X, Y, Z).

        Args:
            volumes: training volumes on an RAS grid that is symmetric about x = 0.
            mask: (X, Y, Z) bool.
            flips: also fit to the mirror images (first spatial axis reversed).
            components: how many at most; all that the volumes span (at most n − 1, 2n − 1 with flips) if None,
                of many rows :data:`~brainaging.networks.linear.leading_space.MOST_COMPONENTS`.
            among: rows of the training volumes; all if None.

        Raises:
            UserError: fewer than two volumes, or a mask of another shape.
        """
        number = len(volumes) if among is None else len(among)
        if number < 2:
            raise UserError(f"PCA needs at least 2 training volumes, found {number}")
        if volumes.shape[1:] != mask.shape:
            raise UserError(f"PCA mask: expected shape {volumes.shape[1:]}, found {mask.shape}")
        region = mask | mask[::-1] if flips else mask.astype(bool)
        rows_fitted = number * (1 + flips)
        count = most_components(rows_fitted) if components is None else min(components, rows_fitted - 1)
        if rows_fitted > MOST_ROWS:
            return cls._streamed(volumes, region, flips, count, np.arange(number) if among is None else among)
        train = volumes if among is None else volumes[among]
        rows = train[:, region]
        if flips:
            rows = np.concatenate([rows, train[:, ::-1][:, region]])
        try:
            principal = principal_components(torch.from_numpy(rows), count)
        except NoVarianceError:
            return cls._constant(region, rows.mean(axis=0))
        return cls._of(region, principal)

    @classmethod
    def _streamed(
        cls, volumes: np.ndarray, region: np.ndarray, flips: bool, count: int, among: np.ndarray
    ) -> "PcaBaseline":
        def rows() -> Iterator[Tensor]:
            for turned in (volumes, volumes[:, ::-1]) if flips else (volumes,):
                for block in row_blocks(len(among), 8 * int(region.sum())):
                    yield torch.from_numpy(np.asarray(turned[among[block]])[:, region].astype(np.float64))

        dtype = torch.from_numpy(np.empty(0, volumes.dtype)).dtype
        try:
            return cls._of(region, components_of_rows(rows, count, dtype, subseed(0, "principal components")))
        except NoVarianceError:
            return cls._constant(region, np.asarray(volumes[among[0]])[region])

    @classmethod
    def _of(cls, region: np.ndarray, principal: PrincipalComponents) -> "PcaBaseline":
        variance = principal.deviation.double().square().numpy()
        return cls(region, principal.mean.numpy(), principal.components.numpy(), variance)

    @classmethod
    def _constant(cls, region: np.ndarray, mean: np.ndarray) -> "PcaBaseline":
        return cls(region, mean, np.empty((0, len(mean)), mean.dtype), np.empty(0))

    @property
    def max_components(self) -> int:
        """Number of components (at most n − 1, 2n − 1 with flips)."""
        return len(self.variance)

    def encode(self, volumes: np.ndarray, components: int | None = None) -> np.ndarray:
        """Return the scores (m, k), in double precision, of volumes (m, X, Y, Z)."""
        used = self.components[:components]
        if len(volumes) <= MOST_ROWS:
            return gram(volumes[:, self.region] - self.mean, used)
        blocks = row_blocks(len(volumes), 8 * len(self.mean))
        return np.concatenate([gram(volumes[block][:, self.region] - self.mean, used) for block in blocks])

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
