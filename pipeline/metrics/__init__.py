"""Ignite metrics for any engine whose output holds what they compare."""

from brainaging.pipeline.metrics.generated_samples import (
    FrechetDistance,
    MaximumMeanDiscrepancy,
    PairSimilarityGap,
    SampleMetric,
    VarianceRatio,
)

__all__ = ["FrechetDistance", "MaximumMeanDiscrepancy", "PairSimilarityGap", "SampleMetric", "VarianceRatio"]
