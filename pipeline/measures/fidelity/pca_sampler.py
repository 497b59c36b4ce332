"""The sampler that costs nothing: normal scores on principal components. A generator must be better than it."""

from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.runtime import generator


@dataclass(frozen=True)
class GaussianSampler:
    """Brains μ + Pᵀs with s drawn from the training scores' own covariance (diagonal, by construction).

    Attributes:
        pca: fitted to the training scans.
        components: how many of its components are used.
    """

    pca: PcaBaseline
    components: int

    @classmethod
    def fit(cls, volumes: np.ndarray, mask: np.ndarray, components: int = 100) -> "GaussianSampler":
        """Fit to training volumes (n, X, Y, Z) in a mask (X, Y, Z).

        Raises:
            UserError: fewer than two volumes, or a mask of another shape.
        """
        pca = PcaBaseline.fit(volumes, mask)
        return cls(pca, min(components, pca.max_components))

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Return brains (count, X, Y, Z), 0 outside the mask."""
        scores = generator(seed, "gaussian").standard_normal((count, self.components))
        scores *= np.sqrt(self.pca.variance[: self.components])
        return self.pca.decode(scores)
