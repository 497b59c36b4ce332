"""How well the encoder inverts the generator: latents of made brains, likeness of held-out scans."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.analysis.intervals import mean_ratio
from brainaging.pipeline.analysis.pca_baseline import PcaBaseline
from brainaging.pipeline.analysis.reconstruction import intensity_range, masked_mse, masked_ssim
from brainaging.pipeline.analysis.results import Result
from brainaging.pipeline.engines import encode_volumes, make_volumes, optimise_latents

#: of the original study's encoder: mean squared error 0.003 for z ~ U(0,1), whose variance is 1/12
ORIGINAL_R2 = 1 - 0.003 * 12
FRESH = 400
ENCODER, OPTIMISED = "encoder", "encoder, optimised"


def deviation_correlation(volumes: np.ndarray, made: np.ndarray, mean: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return each scan's correlation (m,) with its reconstruction, the mean brain taken from both.

    Plain correlation is flattered by the mean brain, which any reconstruction has.

    Args:
        volumes: (m, X, Y, Z) scans.
        made: (m, X, Y, Z) their reconstructions.
        mean: (X, Y, Z) mean of training scans.
        mask: (X, Y, Z) bool.
    """
    one, other = (np.asarray(v)[:, mask].astype(float) - mean[mask] for v in (volumes, made))
    one -= one.mean(axis=1, keepdims=True)
    other -= other.mean(axis=1, keepdims=True)
    scale = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / np.maximum(scale, 1e-12)


def latent_r2(encoder: T1wLatentEncoder, seed: int, count: int = FRESH) -> tuple[float, float]:
    """Return R² of z over fresh made brains, the mean over latents, and the least of any latent."""
    draws = torch.Generator().manual_seed(seed)
    z, detail = encoder.generator.draw(count, draws)
    found = encode_volumes(encoder, make_volumes(encoder.generator, z, detail))
    truth = z.cpu().numpy()
    r2 = 1 - np.square(found - truth).sum(axis=0) / np.square(truth - truth.mean(axis=0)).sum(axis=0)
    return float(r2.mean()), float(r2.min())


def reconstructed(
    encoder: T1wLatentEncoder, train: np.ndarray, held_out: np.ndarray, mask: np.ndarray, steps: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return held-out scans (m, X, Y, Z) as every method makes them, and their optimised latents (m, L).

    Methods: the encoder, the encoder with ``steps`` of descent, and PCA with as many codes.

    Args:
        encoder: trained, with its generator.
        train: (n, X, Y, Z) the generator's training scans.
        held_out: (m, X, Y, Z) scans of other people.
        mask: (X, Y, Z) bool.
        steps: of descent.
    """
    start = encode_volumes(encoder, held_out)
    best = np.concatenate(list(optimise_latents(encoder.generator, held_out, start, steps)))
    pca = PcaBaseline.fit(train, mask)
    count = min(encoder.latent_size, pca.max_components)
    made = {
        ENCODER: make_volumes(encoder.generator, torch.from_numpy(start)),
        OPTIMISED: make_volumes(encoder.generator, torch.from_numpy(best)),
        f"pca-{count}": pca.reconstruct(held_out, count),
    }
    return made, best


def inversion_rows(
    blank: Result,
    r2: tuple[float, float],
    made: Mapping[str, np.ndarray],
    held_out: np.ndarray,
    train: np.ndarray,
    mask: np.ndarray,
    groups: np.ndarray,
    replicates: int,
) -> list[Result]:
    """Return the rows of the inverse encoder: R² of z, and likeness of held-out scans by method.

    Args:
        blank: a row with cohort, split, seed and counts.
        r2: of :func:`latent_r2`.
        made: (m, X, Y, Z) by method, of :func:`reconstructed` and others.
        held_out, train, mask: as there.
        groups: (m,) of the held-out scans, for the bootstrap.
        replicates: bootstrap draws.
    """
    row = replace(blank, experiment="inversion", features="generated", target="latent_code", model=ENCODER)
    rows = [
        replace(row, metric="r2", value=r2[0], baseline="original", baseline_value=ORIGINAL_R2),
        replace(row, metric="least_r2", value=r2[1]),
    ]
    mean, scale = train.mean(axis=0), intensity_range(train, mask)
    for method, volumes in made.items():
        measures = {
            "deviation_r": deviation_correlation(held_out, volumes, mean, mask),
            "ssim": masked_ssim(held_out, np.asarray(volumes), mask, scale),
            "mse": masked_mse(held_out, np.asarray(volumes), mask),
        }
        for metric, values in measures.items():
            value, low, high = mean_ratio(values, 1.0, groups, blank.seed, replicates)
            held = replace(row, features="voxels", target="image", model=method, metric=metric)
            rows.append(replace(held, value=value, ci_low=low, ci_high=high))
    return rows
