"""The encoder that inverts the generator, and what comes back: latents of generated brains, held-out scans."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.engines import (
    Coder,
    decode_latents,
    encode_volumes,
    generate_volumes,
    optimise_latents,
)
from brainaging.pipeline.experiments.budget import SyntheticBudget
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.handlers import BEST
from brainaging.pipeline.measures.pca_baseline import PcaBaseline

#: methods that reconstruct scans
ENCODER, OPTIMISED, PCA, AUTOENCODER = "encoder", "encoder_optimised", "pca", "autoencoder"
#: reconstructions with the scan's own detail, or with detail drawn anew
OWN, DRAWN = "reconstructions", "reconstructions_detail_drawn"
_BATCH = 32


@dataclass(frozen=True)
class Reconstructed:
    """Scans as one method reconstructs them, (m, X, Y, Z), from so many codes."""

    volumes: np.ndarray
    codes: int


def encoder_learner(
    bundle: Path, training: Training, gan: Learner, budget: SyntheticBudget, latent_size: int
) -> Learner:
    """Return the inverse encoder of a trained GAN."""
    return Learner(
        "latent_encoder",
        bundle,
        budget.encoder_epochs,
        {
            "generator": str(training.folder(gan) / BEST),
            "latent_size": latent_size,
            "generated": budget.encoder_brains,
        },
    )


def trained_encoder(training: Training, learner: Learner, rows: np.ndarray) -> T1wLatentEncoder:
    """Return the encoder with its generator, trained on rows of the cohort."""
    return cast(T1wLatentEncoder, training.network(learner, rows))


def latent_errors(encoder: T1wLatentEncoder, seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return squared errors of z over new generated brains, and squared distances from their mean, each (k, L)."""
    draws = torch.Generator().manual_seed(seed)
    z, detail = encoder.generator.draw(count, draws)
    estimate = encode_volumes(encoder, generate_volumes(encoder.generator, z, detail))
    truth = z.cpu().numpy()
    return np.square(estimate - truth), np.square(truth - truth.mean(axis=0))


def reconstructions(
    encoder: T1wLatentEncoder, learned: np.ndarray, held_out: np.ndarray, mask: np.ndarray, steps: int
) -> tuple[dict[str, Reconstructed], np.ndarray]:
    """Return held-out scans (m, X, Y, Z) as every method reconstructs them, and their optimised latents (m, L).

    Methods: the encoder, the encoder with ``steps`` of descent, and PCA with as many codes.

    Args:
        encoder: trained, with its generator.
        learned: (n, X, Y, Z) the generator's training scans.
        held_out: (m, X, Y, Z) scans of other people.
        mask: (X, Y, Z) bool.
        steps: of descent.
    """
    start = encode_volumes(encoder, held_out)
    best = np.concatenate(list(optimise_latents(encoder.generator, held_out, start, steps)))
    pca, codes = PcaBaseline.fit(learned, mask), encoder.latent_size
    count = min(codes, pca.max_components)
    return {
        ENCODER: Reconstructed(generate_volumes(encoder.generator, torch.from_numpy(start)), codes),
        OPTIMISED: Reconstructed(generate_volumes(encoder.generator, torch.from_numpy(best)), codes),
        PCA: Reconstructed(pca.reconstruct(held_out, count), count),
    }, best


def autoencoded(coder: Coder, held_out: np.ndarray, codes: int) -> Reconstructed:
    """Return scans (m, X, Y, Z) as an autoencoder reconstructs them."""
    return Reconstructed(decode_latents(coder, encode_volumes(coder, held_out)), codes)


def regenerated(encoder: T1wLatentEncoder, volumes: np.ndarray, z: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Return scans (m, X, Y, Z) as the generator makes them of their latents (m, L): with what detail?

    Their own, as far as the generator has it (:meth:`T1wLatentEncoder.detail`), or drawn anew. The first are the
    brains that the generator makes most like these scans. In the second a latent of one person meets the detail of
    nobody, and what detail tells of sex is lost.

    Args:
        encoder: trained, with its generator.
        volumes: the scans.
        z: their latents.
        seed: of the draw.
    """
    latents = torch.from_numpy(z)
    drawn = encoder.generator.draw(len(z), torch.Generator().manual_seed(seed))[1]
    pairs = zip(torch.from_numpy(volumes[:, None]).split(_BATCH), latents.split(_BATCH), strict=True)
    with torch.inference_mode():
        own = torch.cat([encoder.detail(*pair) for pair in pairs])
    return {
        name: generate_volumes(encoder.generator, latents, detail) for name, detail in ((OWN, own), (DRAWN, drawn))
    }
