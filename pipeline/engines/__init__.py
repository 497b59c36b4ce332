"""Training and inference with MONAI: trainers, batches, inferers, weights, and the runner of bundles."""

from brainaging.pipeline.engines.adversarial import GanObjective, GanParts, GanTrainer
from brainaging.pipeline.engines.batches import LatentBatch, PredictionBatch, ReconstructionBatch
from brainaging.pipeline.engines.bundle_program import BundleProgram
from brainaging.pipeline.engines.bundle_source import bundle_code, bundle_recipe
from brainaging.pipeline.engines.coding import Coder, decode_latents, encode_volumes
from brainaging.pipeline.engines.config_values import is_plain, place_value
from brainaging.pipeline.engines.encoder_training import EncoderEvaluator, EncoderTrainer, inversion_errors
from brainaging.pipeline.engines.generation import generate_volumes, latent_draws
from brainaging.pipeline.engines.inferers import CodingInferer, GeneratingInferer, MirrorInferer, SampleInferer
from brainaging.pipeline.engines.inversion import optimise_latents
from brainaging.pipeline.engines.latent_tables import LatentTable, read_latents, write_latents
from brainaging.pipeline.engines.outputs import entry, gathered, loss_of, number, optional_entry, stacked
from brainaging.pipeline.engines.prediction import predict_volumes
from brainaging.pipeline.engines.processes import unwrapped
from brainaging.pipeline.engines.schedule import CosineSchedule
from brainaging.pipeline.engines.trained.half_precision import halved
from brainaging.pipeline.engines.trained.trained_weights import FoundWeights, TrainedWeights, weights_grid
from brainaging.pipeline.engines.weights import (
    fit,
    known_columns,
    load_weights,
    read_checkpoint,
    write_checkpoint,
)
from brainaging.pipeline.engines.workflow import load_network, run_bundle, train_bundle

__all__ = [
    "BundleProgram",
    "Coder",
    "CodingInferer",
    "CosineSchedule",
    "EncoderEvaluator",
    "EncoderTrainer",
    "FoundWeights",
    "GanObjective",
    "GanParts",
    "GanTrainer",
    "GeneratingInferer",
    "LatentBatch",
    "LatentTable",
    "MirrorInferer",
    "PredictionBatch",
    "ReconstructionBatch",
    "SampleInferer",
    "TrainedWeights",
    "bundle_code",
    "bundle_recipe",
    "decode_latents",
    "encode_volumes",
    "entry",
    "fit",
    "gathered",
    "generate_volumes",
    "halved",
    "inversion_errors",
    "is_plain",
    "known_columns",
    "latent_draws",
    "load_network",
    "load_weights",
    "loss_of",
    "number",
    "optimise_latents",
    "optional_entry",
    "place_value",
    "predict_volumes",
    "read_checkpoint",
    "read_latents",
    "run_bundle",
    "stacked",
    "train_bundle",
    "unwrapped",
    "weights_grid",
    "write_checkpoint",
    "write_latents",
]
