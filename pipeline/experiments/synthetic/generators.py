"""Brains by the GAN, by the GAN before its adversarial epochs, by a PCA sampler and by the original's recipe."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch

from brainaging.networks import T1wGenerator
from brainaging.pipeline.engines import generate_volumes
from brainaging.pipeline.experiments.budget import SyntheticBudget
from brainaging.pipeline.experiments.synthetic.cohort_parts import People
from brainaging.pipeline.experiments.synthetic.original_gan import original_brains
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.handlers import BEST, START
from brainaging.pipeline.measures.fidelity import GaussianSampler
from brainaging.transforms import template_mask

log = logging.getLogger(__name__)
GAN, CONTROL, SAMPLER, ORIGINAL = "gan", "gan_before_adversarial", "pca_sampler", "original_recipe"
#: those whose brains are labelled; the control asks what adversarial epochs add, and nobody uses its brains
LABELLED = (GAN, SAMPLER, ORIGINAL)
#: how far around the template's brain the sampler's voxels reach, mm: larger heads than the template's fit
MARGIN_MM = 12.0


@dataclass(frozen=True)
class Brains:
    """Synthetic brains of one generator.

    Attributes:
        volumes: (k, X, Y, Z).
        intended: (k,) 0 for F, 1 for M, −1 where the generator intends neither.
    """

    volumes: np.ndarray
    intended: np.ndarray

    @classmethod
    def of_no_kind(cls, volumes: np.ndarray) -> "Brains":
        """Return brains of a generator that knows nothing of sexes."""
        return cls(volumes, np.full(len(volumes), -1))


def gan_learner(bundle: Path, budget: SyntheticBudget, latent_size: int) -> Learner:
    """Return the GAN, of which the weights before the first adversarial step are kept too."""
    return Learner(
        GAN,
        bundle,
        budget.gan_epochs,
        {"warmup": budget.gan_warmup, "latent_size": latent_size},
        sexed=True,
        weights=(BEST, START),
    )


def generated_brains(
    training: Training, learner: Learner, people: People, budget: SyntheticBudget
) -> dict[str, Brains]:
    """Train the generators on their part of the people, and return brains by generator.

    GAN and control make brains of the same latents and details: what differs is what adversarial epochs did.

    Args:
        training: where, on whose scans.
        learner: :func:`gan_learner`.
        people: the cohort in its parts.
        budget: how many brains, and whether baseline methods stand beside.
    """
    rows, seed, count = people.parts.generator, training.seed, budget.brains
    network = cast(T1wGenerator, training.network(learner, rows))
    before = cast(T1wGenerator, training.kept(learner, START))
    z, detail = network.draw(count, torch.Generator().manual_seed(seed))
    intended = network.intended(z).cpu().numpy()
    brains = {
        GAN: Brains(generate_volumes(network, z, detail), intended),
        CONTROL: Brains(generate_volumes(before, z, detail), intended),
    }
    if not budget.baselines:
        return brains
    grid, learned = people.prepared.grid, people.learned.volumes
    wide, size = template_mask(grid, dilate_mm=MARGIN_MM), grid.shape[0]
    brains[SAMPLER] = Brains.of_no_kind(GaussianSampler.fit(learned, wide).sample(count, seed))
    if size & (size - 1):
        log.warning("the original's recipe makes 32, 64 or 128 voxels, %s has %d", grid.name, size)
    else:
        brains[ORIGINAL] = Brains.of_no_kind(
            original_brains(learned, count, budget.gan_epochs, training.models / ORIGINAL, seed)
        )
    return brains
