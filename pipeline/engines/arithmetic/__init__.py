"""In which numbers networks are trained and used: decided here, for every engine."""

from brainaging.pipeline.engines.arithmetic.bf16_hardware import computes_bf16
from brainaging.pipeline.engines.arithmetic.mixed_inferer import MixedInferer
from brainaging.pipeline.engines.arithmetic.mixed_precision import PRECISIONS, MixedPrecision, convolutional

__all__ = ["PRECISIONS", "MixedInferer", "MixedPrecision", "computes_bf16", "convolutional"]
