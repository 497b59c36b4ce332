"""Brains from latents: the latents of a data set to generate, and their volumes."""

from typing import Any

import numpy as np
import torch
from monai.utils import CommonKeys
from numpy.typing import NDArray
from torch import Tensor

from brainaging.networks import T1wGenerator
from brainaging.pipeline.data import SEXES
from brainaging.pipeline.engines.weights import load_weights
from brainaging.pipeline.runtime import UserError, counted

#: volumes decoded at once: 64 float32 volumes of 96³ voxels are 226 MB
BATCH = 64


#: draws a brain of one sex after which it is given up: weights of people of the other sex alone would draw for
#: ever. Sensitivity: none of what is drawn
DRAWS = 100


def latent_draws(
    network: T1wGenerator, count: int, seed: int = 0, sex: str = "", weights: str = ""
) -> list[dict[str, Any]]:
    """Return ``count`` items for a dataset: ``image``, a latent ``(L,)``, ``detail`` ``(D,)`` and ``subject``.

    The first n items of a larger draw are not those of a smaller one.

    Args:
        network: the generator.
        count: how many.
        seed: of the draw.
        sex: F or M: latents that the generator means for that sex; "" for both.
        weights: a checkpoint, which knows what latents mean; read where a sex is asked for.

    Raises:
        UserError: another sex, or weights that know no sexes.
    """
    source = torch.Generator().manual_seed(seed)
    z, detail = network.draw(count, source) if not sex else _of_sex(network, count, source, sex, weights)
    return [{CommonKeys.IMAGE: z[i].cpu(), "detail": detail[i].cpu(), "subject": f"{i:06d}"} for i in range(count)]


def _of_sex(
    network: T1wGenerator, count: int, source: torch.Generator, sex: str, weights: str
) -> tuple[Tensor, Tensor]:
    """Return latents ``(n, L)`` that are meant for a sex, and details ``(n, D)``."""
    if sex not in SEXES:
        raise UserError(f"sex: expected F or M, found {sex!r}")
    load_weights(network, weights)
    kept = [network.draw(0, source)]
    for _ in range(DRAWS):
        z, detail = network.draw(count, source)
        meant = network.intended(z)
        if bool((meant < 0).any()):
            raise UserError(
                f"{weights}: expected weights that know sexes, found a generator of people of unknown sex"
            )
        kept.append((z[meant == SEXES.index(sex)], detail[meant == SEXES.index(sex)]))
        if sum(len(each) for each, _ in kept) >= count:
            latents, details = zip(*kept, strict=True)
            return torch.cat(latents)[:count], torch.cat(details)[:count]
    raise UserError(
        f"{weights}: expected weights that make brains of sex {sex}, found none in {DRAWS * count} draws"
    )


@torch.inference_mode()
def generate_volumes(network: T1wGenerator, z: Tensor, detail: Tensor | None = None) -> NDArray[np.float32]:
    """Return the brains (n, X, Y, Z) of latents ``(n, L)`` and detail ``(n, D)``, in batches."""
    details = [None] * len(z.split(BATCH)) if detail is None else detail.split(BATCH)
    pairs = zip(z.split(BATCH), details, strict=True)
    shown = counted(pairs, "generating brains, batches", len(details), announce=False)
    parts = [network(*pair)[:, 0].cpu() for pair in shown]
    volumes: NDArray[np.float32] = torch.cat(parts).numpy()
    return volumes
