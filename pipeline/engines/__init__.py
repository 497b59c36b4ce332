"""Ignite engines, handlers and metrics through MONAI."""

from brainaging.pipeline.engines.batches import ReconstructionBatch
from brainaging.pipeline.engines.checkpoints import BEST, LAST, Checkpoints
from brainaging.pipeline.engines.curves import CurveWriter
from brainaging.pipeline.engines.encode import Coder, decode_latents, encode_volumes
from brainaging.pipeline.engines.finite import StopWhenNotFinite
from brainaging.pipeline.engines.inference import CodingInferer, WriteCodes
from brainaging.pipeline.engines.latents import read_latents, write_latents
from brainaging.pipeline.engines.linear_start import LinearStart
from brainaging.pipeline.engines.metrics import InBrainMSE
from brainaging.pipeline.engines.progress import EpochProgress
from brainaging.pipeline.engines.workflow import load_network, run_bundle

__all__ = [
    "BEST",
    "LAST",
    "Checkpoints",
    "Coder",
    "CodingInferer",
    "CurveWriter",
    "EpochProgress",
    "InBrainMSE",
    "LinearStart",
    "ReconstructionBatch",
    "StopWhenNotFinite",
    "WriteCodes",
    "decode_latents",
    "encode_volumes",
    "load_network",
    "read_latents",
    "run_bundle",
    "write_latents",
]
