"""How well the encoder inverts the generator: latents of made brains, likeness of held-out scans."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.engines import encode_volumes, generate_volumes, optimise_latents
from brainaging.pipeline.measures.image_similarity import intensity_range, masked_mse, masked_ssim
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.measures.reconstruction_scores import MEAN_BRAIN
from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.stats.bootstrap import group_weights, mean_ratio, percentile

#: of the original study's encoder: mean squared error 0.003 for z ~ U(0,1), whose variance is 1/12
ORIGINAL_R2 = 1 - 0.003 * 12
#: made brains whose latents are sought
FRESH = 400
ENCODER, OPTIMISED = "encoder", "encoder, optimised"
#: reconstructions with the scan's own detail, or with detail drawn anew
OWN, DRAWN = "reconstructions", "reconstructions_detail_drawn"
_BATCH = 32


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


def latent_errors(encoder: T1wLatentEncoder, seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return squared errors of z over fresh made brains, and squared distances from their mean, each (k, L)."""
    draws = torch.Generator().manual_seed(seed)
    z, detail = encoder.generator.draw(count, draws)
    found = encode_volumes(encoder, generate_volumes(encoder.generator, z, detail))
    truth = z.cpu().numpy()
    return np.square(found - truth), np.square(truth - truth.mean(axis=0))


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
        ENCODER: generate_volumes(encoder.generator, torch.from_numpy(start)),
        OPTIMISED: generate_volumes(encoder.generator, torch.from_numpy(best)),
        f"pca-{count}": pca.reconstruct(held_out, count),
    }
    return made, best


def made_again(encoder: T1wLatentEncoder, volumes: np.ndarray, z: np.ndarray, seed: int) -> dict[str, np.ndarray]:
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
        name: generate_volumes(encoder.generator, latents, with_) for name, with_ in ((OWN, own), (DRAWN, drawn))
    }


def inversion_rows(
    blank: Result,
    errors: tuple[np.ndarray, np.ndarray],
    made: Mapping[str, np.ndarray],
    held_out: np.ndarray,
    train: np.ndarray,
    mask: np.ndarray,
    groups: np.ndarray,
    replicates: int,
) -> list[Result]:
    """Return the rows of the inverse encoder: R² of z, and likeness of held-out scans by method.

    R² is the mean over latents, and the least of any latent. The encoder's likenesses stand beside those of PCA
    with as many codes, PCA's beside the mean brain's.

    Args:
        blank: a row with cohort, split, seed and counts.
        errors: of :func:`latent_errors`.
        made: (m, X, Y, Z) by method, of :func:`reconstructed` and others.
        held_out, train, mask: as there.
        groups: (m,) of the held-out scans, for the bootstrap.
        replicates: bootstrap draws.
    """
    row = replace(blank, experiment="inversion", features="generated", target="latent_code", model=ENCODER)
    count = len(errors[0])
    draws = np.concatenate([np.ones((1, count)), group_weights(np.arange(count), blank.seed, replicates)])
    r2 = 1 - (draws @ errors[0]) / (draws @ errors[1])
    rows = []
    for metric, values, beside in (
        ("r2", r2.mean(axis=1), ("original", ORIGINAL_R2)),
        ("least_r2", r2.min(axis=1), ("mean latent", 0.0)),
    ):
        low, high = percentile(values[1:])
        found = replace(row, metric=metric, value=float(values[0]), ci_low=low, ci_high=high)
        rows.append(replace(found, baseline=beside[0], baseline_value=beside[1]))
    mean, scale = train.mean(axis=0), intensity_range(train, mask)
    every = {**made, MEAN_BRAIN: np.broadcast_to(mean, held_out.shape)}
    measures = {
        method: {
            "deviation_r": deviation_correlation(held_out, volumes, mean, mask),
            "ssim": masked_ssim(held_out, np.asarray(volumes), mask, scale),
            "mse": masked_mse(held_out, np.asarray(volumes), mask),
        }
        for method, volumes in every.items()
    }
    pca = next((method for method in made if method.startswith("pca")), MEAN_BRAIN)
    for method in made:
        other = MEAN_BRAIN if method == pca else pca
        for metric, values in measures[method].items():
            value, low, high = mean_ratio(values, 1.0, groups, blank.seed, replicates)
            held = replace(row, features="voxels", target="image", model=method, metric=metric)
            held = replace(held, value=value, ci_low=low, ci_high=high, baseline=other)
            rows.append(replace(held, baseline_value=float(measures[other][metric].mean())))
    return rows
