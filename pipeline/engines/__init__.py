"""Ignite engines, handlers and metrics through MONAI."""

from brainaging.pipeline.engines.adversarial import GanTrainer
from brainaging.pipeline.engines.batches import ReconstructionBatch
from brainaging.pipeline.engines.bundle_source import bundle_code, bundle_recipe
from brainaging.pipeline.engines.checkpoints import BEST, LAST, START, Checkpoints
from brainaging.pipeline.engines.collapse import StopWhenCollapsed
from brainaging.pipeline.engines.curves import CurveWriter
from brainaging.pipeline.engines.early_stop import EarlyStop
from brainaging.pipeline.engines.encode import Coder, decode_latents, encode_volumes
from brainaging.pipeline.engines.finite import StopWhenNotFinite
from brainaging.pipeline.engines.generator_start import GeneratorStart, ValidateAfterWarmup
from brainaging.pipeline.engines.inference import CodingInferer, WriteCodes, WriteTable, remove_beyond
from brainaging.pipeline.engines.inversion import optimise_latents
from brainaging.pipeline.engines.inverting import DescentStart, EncoderEvaluator, EncoderTrainer, inversion_errors
from brainaging.pipeline.engines.latents import read_latents, write_latents
from brainaging.pipeline.engines.linear_fit import LinearFit
from brainaging.pipeline.engines.linear_start import LinearStart
from brainaging.pipeline.engines.metrics import InBrainMAE, InBrainMSE, InBrainSSIM, StandardisedError
from brainaging.pipeline.engines.prediction import (
    MirrorInferer,
    PredictionBatch,
    PredictionError,
    WritePredictions,
    predict_volumes,
)
from brainaging.pipeline.engines.progress import EpochProgress
from brainaging.pipeline.engines.sampling import (
    GeneratingInferer,
    LatentBatch,
    SampleInferer,
    SamplePictures,
    WriteVolumes,
    latent_draws,
    make_volumes,
)
from brainaging.pipeline.engines.schedule import CosineSchedule
from brainaging.pipeline.engines.weigh import Weigh
from brainaging.pipeline.engines.weights import LoadWeights, known_columns, load_weights, read_checkpoint
from brainaging.pipeline.engines.workflow import load_network, run_bundle

__all__ = [
    "BEST",
    "LAST",
    "START",
    "Checkpoints",
    "Coder",
    "CodingInferer",
    "CosineSchedule",
    "CurveWriter",
    "DescentStart",
    "EarlyStop",
    "EncoderEvaluator",
    "EncoderTrainer",
    "EpochProgress",
    "GanTrainer",
    "GeneratingInferer",
    "GeneratorStart",
    "InBrainMAE",
    "InBrainMSE",
    "InBrainSSIM",
    "LatentBatch",
    "LinearFit",
    "LinearStart",
    "LoadWeights",
    "MirrorInferer",
    "PredictionBatch",
    "PredictionError",
    "ReconstructionBatch",
    "SampleInferer",
    "SamplePictures",
    "StandardisedError",
    "StopWhenCollapsed",
    "StopWhenNotFinite",
    "ValidateAfterWarmup",
    "Weigh",
    "WriteCodes",
    "WritePredictions",
    "WriteTable",
    "WriteVolumes",
    "bundle_code",
    "bundle_recipe",
    "decode_latents",
    "encode_volumes",
    "inversion_errors",
    "known_columns",
    "latent_draws",
    "load_network",
    "load_weights",
    "make_volumes",
    "optimise_latents",
    "predict_volumes",
    "read_checkpoint",
    "read_latents",
    "remove_beyond",
    "run_bundle",
    "write_latents",
]
