"""Fidelity, diversity and privacy of generated brains: functions on arrays, for any generator."""

from brainaging.pipeline.analysis.fidelity.coverage import Coverage, coverage
from brainaging.pipeline.analysis.fidelity.distances import Distance, distance_to_real, frechet_distance, mmd
from brainaging.pipeline.analysis.fidelity.diversity import (
    head_sizes,
    pair_similarity,
    spread_ratio,
    variance_ratio,
)
from brainaging.pipeline.analysis.fidelity.features import FeatureSpace, dataset_space, pca_space
from brainaging.pipeline.analysis.fidelity.gaussian import GaussianSampler
from brainaging.pipeline.analysis.fidelity.judge import real_or_fake
from brainaging.pipeline.analysis.fidelity.memorisation import Memorisation, memorisation
from brainaging.pipeline.analysis.fidelity.metrics import (
    FrechetDistance,
    MaximumMeanDiscrepancy,
    PairSimilarityGap,
    SampleMetric,
    VarianceRatio,
)
from brainaging.pipeline.analysis.fidelity.sheet import Samples, fidelity_rows
from brainaging.pipeline.analysis.fidelity.tissue import TISSUES, tissue_distances, tissue_volumes

__all__ = [
    "TISSUES",
    "Coverage",
    "Distance",
    "FeatureSpace",
    "FrechetDistance",
    "GaussianSampler",
    "MaximumMeanDiscrepancy",
    "Memorisation",
    "PairSimilarityGap",
    "SampleMetric",
    "Samples",
    "VarianceRatio",
    "coverage",
    "dataset_space",
    "distance_to_real",
    "fidelity_rows",
    "frechet_distance",
    "head_sizes",
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
