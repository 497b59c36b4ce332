"""Named spaces in which distributions of brains are compared; none needs weights from the network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainaging.pipeline.data import stacked_images
from brainaging.pipeline.measures.pca_baseline import PcaBaseline

#: components of the feature space: as many as the generator has latents.
#: Sensitivity: a Fréchet distance sums over them and grows with their number, as its floor does
COMPONENTS = 100


@dataclass(frozen=True)
class FeatureSpace:
    """A map from volumes (n, X, Y, Z) to features (n, d), with the name and number of codes that results have.

    An autoencoder's latents make one too:
    ``FeatureSpace("autoencoder", lambda volumes: encode_volumes(network, volumes), 100)``.
    """

    name: str
    project: Callable[[np.ndarray], np.ndarray]
    codes: int = 0

    def __call__(self, volumes: np.ndarray) -> np.ndarray:
        """Return the features (n, d) of volumes (n, X, Y, Z)."""
        return self.project(volumes)


def pca_space(volumes: np.ndarray, mask: np.ndarray, components: int = COMPONENTS) -> FeatureSpace:
    """Return the scores on the leading principal components of real training volumes.

    The components keep their variances (no whitening), so that a distance weighs a direction by how much real
    brains differ along it.

    Args:
        volumes: (n, X, Y, Z), real, none of those that distances are measured to.
        mask: (X, Y, Z) bool.
        components: at most; fewer where the volumes do not span as many.
    """
    pca = PcaBaseline.fit(volumes, mask)
    count = min(components, pca.max_components)
    return FeatureSpace("pca", lambda others: pca.encode(others, count), count)


def dataset_space(dataset: Sequence[Any], mask: np.ndarray, components: int = COMPONENTS) -> FeatureSpace:
    """Return :func:`pca_space` of a dataset whose items hold ``image`` (1, X, Y, Z), for a bundle's config."""
    return pca_space(stacked_images(dataset, "cpu")[:, 0].numpy(), mask, components)
