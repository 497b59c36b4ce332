"""PCA as a compressor: the linear baseline that every autoencoder must stand beside.

Fitted in the sample space of the training volumes (one eigendecomposition of the n × n Gram matrix serves every
number of components), inside a mask, with or without each volume's left-right mirror image among the training
rows.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.sample_space import gram

# eigenvalues below this share of the largest are rounding
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class PcaBaseline:
    """A fitted PCA of volumes (X, Y, Z).

    Attributes:
        region: (X, Y, Z) bool, the voxels that are modelled; with flips it is the mask and its mirror image.
        mean: (p,) training mean of the region's voxels.
        rows: (n, p) centred training volumes (2n with flips).
        weights: (n, r) so that ``weights.T @ rows`` are the r orthonormal components, largest variance first.
        variance: (r,) variance along each component, divisor n − 1.
    """

    region: np.ndarray
    mean: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    variance: np.ndarray

    @classmethod
    def fit(cls, volumes: np.ndarray, mask: np.ndarray, *, flips: bool = False) -> "PcaBaseline":
        """Fit to training volumes (n, X, Y, Z).

        Args:
            volumes: training volumes on an RAS grid that is symmetric about x = 0.
            mask: (X, Y, Z) bool.
            flips: also fit to the mirror images (first spatial axis reversed).

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
        mean = rows.mean(axis=0, dtype=np.float64)
        rows = (rows - mean).astype(volumes.dtype, copy=False)
        values, vectors = eigh(gram(rows))
        keep = values > max(values[-1], 0.0) * _RANK_TOLERANCE
        # centring takes one dimension; what is left of it is rounding
        keep[: len(values) - (len(rows) - 1)] = False
        values, vectors = values[keep][::-1], vectors[:, keep][:, ::-1]
        return cls(region, mean, rows, vectors / np.sqrt(values), values / max(len(rows) - 1, 1))

    @property
    def max_components(self) -> int:
        """Number of components that the training volumes allow (at most n − 1, 2n − 1 with flips)."""
        return len(self.variance)

    def encode(self, volumes: np.ndarray, components: int | None = None) -> np.ndarray:
        """Return the scores (m, k) of volumes (m, X, Y, Z)."""
        centred = volumes[:, self.region] - self.mean
        return gram(centred, self.rows) @ self.weights[:, :components]

    def reconstruct(self, volumes: np.ndarray, components: int | None = None) -> np.ndarray:
        """Return the projections (m, X, Y, Z) of volumes on the first ``components`` (all if None, 0 is the mean).

        Voxels outside the region are 0. More components than there are counts as all.
        """
        return self.decode(self.encode(volumes, components)).astype(volumes.dtype, copy=False)

    def decode(self, scores: np.ndarray) -> np.ndarray:
        """Return the volumes (m, X, Y, Z) of scores (m, k) on the first k components; 0 outside the region."""
        weights = self.weights[:, : scores.shape[1]]
        inside = self.mean + (scores @ weights.T).astype(self.rows.dtype) @ self.rows
        out = np.zeros((len(scores), *self.region.shape), dtype=self.rows.dtype)
        out[:, self.region] = inside
        return out
