"""Fidelity, diversity and privacy of generated brains: functions on arrays, for any generator."""

from brainaging.pipeline.measures.fidelity.coverage import Coverage, coverage
from brainaging.pipeline.measures.fidelity.distances import Distance, distance_to_real, frechet_distance, mmd
from brainaging.pipeline.measures.fidelity.diversity import pair_similarity, spread_ratio, variance_ratio
from brainaging.pipeline.measures.fidelity.feature_spaces import FeatureSpace, dataset_space, pca_space
from brainaging.pipeline.measures.fidelity.memorisation import Memorisation, memorisation
from brainaging.pipeline.measures.fidelity.pca_sampler import GaussianSampler
from brainaging.pipeline.measures.fidelity.real_or_fake import real_or_fake
from brainaging.pipeline.measures.tissue import TISSUES, tissue_distances, tissue_volumes

__all__ = [
    "TISSUES",
    "Coverage",
    "Distance",
    "FeatureSpace",
    "GaussianSampler",
    "Memorisation",
    "coverage",
    "dataset_space",
    "distance_to_real",
    "frechet_distance",
    "memorisation",
    "mmd",
    "pair_similarity",
    "pca_space",
    "real_or_fake",
    "spread_ratio",
    "tissue_distances",
    "tissue_volumes",
    "variance_ratio",
]
