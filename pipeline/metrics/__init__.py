"""Metrics for any engine whose output holds what they compare: images, tables, labels, samples of brains."""

from brainaging.pipeline.metrics.generated_samples import (
    FrechetDistance,
    MaximumMeanDiscrepancy,
    PairSimilarityGap,
    SampleMetric,
    VarianceRatio,
)
from brainaging.pipeline.metrics.in_brain import InBrainMAE, InBrainMSE, InBrainSSIM
from brainaging.pipeline.metrics.prediction_error import PredictionError
from brainaging.pipeline.metrics.standardised_error import StandardisedError

__all__ = [
    "FrechetDistance",
    "InBrainMAE",
    "InBrainMSE",
    "InBrainSSIM",
    "MaximumMeanDiscrepancy",
    "PairSimilarityGap",
    "PredictionError",
    "SampleMetric",
    "StandardisedError",
    "VarianceRatio",
]
