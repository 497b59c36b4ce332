"""Ignite engines, handlers and metrics through MONAI."""

from brainaging.pipeline.engines.batches import ReconstructionBatch
from brainaging.pipeline.engines.checkpoints import BEST, LAST, Checkpoints
from brainaging.pipeline.engines.curves import CurveWriter
from brainaging.pipeline.engines.early_stop import EarlyStop
from brainaging.pipeline.engines.encode import Coder, decode_latents, encode_volumes
from brainaging.pipeline.engines.finite import StopWhenNotFinite
from brainaging.pipeline.engines.inference import CodingInferer, WriteCodes, WriteTable
from brainaging.pipeline.engines.latents import read_latents, write_latents
from brainaging.pipeline.engines.linear_start import LinearStart
from brainaging.pipeline.engines.metrics import InBrainMAE, InBrainMSE, InBrainSSIM, StandardisedError
from brainaging.pipeline.engines.progress import EpochProgress
from brainaging.pipeline.engines.schedule import CosineSchedule
from brainaging.pipeline.engines.weights import LoadWeights, known_columns, load_weights, read_checkpoint
from brainaging.pipeline.engines.workflow import load_network, run_bundle

__all__ = [
    "BEST",
    "LAST",
    "Checkpoints",
    "Coder",
    "CodingInferer",
    "CosineSchedule",
    "CurveWriter",
    "EarlyStop",
    "EpochProgress",
    "InBrainMAE",
    "InBrainMSE",
    "InBrainSSIM",
    "LinearStart",
    "LoadWeights",
    "ReconstructionBatch",
    "StandardisedError",
    "StopWhenNotFinite",
    "WriteCodes",
    "WriteTable",
    "decode_latents",
    "encode_volumes",
    "known_columns",
    "load_network",
    "load_weights",
    "read_checkpoint",
    "read_latents",
    "run_bundle",
    "write_latents",
]
