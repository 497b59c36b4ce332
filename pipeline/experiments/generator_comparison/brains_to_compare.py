"""Brains of every generator that learned from the same people."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch

from brainaging.networks import T1wConditionalGenerator, T1wGenerator
from brainaging.pipeline.engines import generate_volumes
from brainaging.pipeline.experiments.budget import GeneratorsBudget
from brainaging.pipeline.experiments.generator_comparison.compared_people import DESIGN, ComparedPeople
from brainaging.pipeline.experiments.shipped.ordered_figures import made_for
from brainaging.pipeline.experiments.synthetic.generators import CONTROL, GAN, MARGIN_MM, SAMPLER
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.handlers import START
from brainaging.pipeline.measures.fidelity import GaussianSampler
from brainaging.pipeline.runtime import subseed
from brainaging.transforms import template_mask

FLOW, FLOW_START, APPEARANCE = "conditional_flow", "conditional_flow_start", "appearance_model"
#: generators that are told age, sex and head size, in the order of tables
ORDERED = (FLOW, FLOW_START)


@dataclass(frozen=True)
class BrainsToCompare:
    """Generated brains.

    Attributes:
        by_generator: (m, X, Y, Z) by code, as many as fresh people; of :data:`ORDERED` made for these one by one.
        teaching: (n, X, Y, Z) the flow's, made for the people that it learned from, to teach readers with.
    """

    by_generator: dict[str, np.ndarray]
    teaching: np.ndarray


def flow_learner(bundle: Path, budget: GeneratorsBudget, latent_size: int, restricted: Path | None) -> Learner:
    """Return the conditional generator as it is trained here; ``restricted`` ages are marked in its weights."""
    return Learner(
        FLOW,
        bundle,
        budget.flow_epochs,
        {
            "latent_size": latent_size,
            "covariates": DESIGN,
            "restricted": None if restricted is None else str(restricted),
        },
        covariates=DESIGN,
    )


def brains_to_compare(
    training: Training, flow: Learner, gan: Learner | None, rows: np.ndarray, people: ComparedPeople
) -> BrainsToCompare:
    """Train the generators on some rows of a cohort, and return brains of each.

    The appearance model is the flow's decoder with latents and detail drawn from N(0, I); the flow as it starts
    is its closed form.

    Args:
        training: where, on whose scans.
        flow: :func:`flow_learner`.
        gan: of :func:`brainaging.pipeline.experiments.synthetic.generators.gan_learner`; None for no GAN.
        rows: those that are learned from.
        people: for whom brains are made.
    """
    count, seed = len(people.fresh), subseed(training.seed, "compared brains")
    network = cast(T1wConditionalGenerator, training.network(flow, rows))
    start = copy.deepcopy(network)
    for weights in cast(torch.nn.Module, start.flow.learned.output).parameters():
        torch.nn.init.zeros_(weights)
    z, detail = network.draw(count, torch.Generator().manual_seed(seed))
    wide = template_mask(people.grid, dilate_mm=MARGIN_MM)
    made = {
        FLOW: made_for(network, people.fresh.covariates, seed),
        FLOW_START: made_for(start, people.fresh.covariates, seed),
    }
    if gan is not None:
        trained = cast(T1wGenerator, training.network(gan, rows))
        before = cast(T1wGenerator, training.kept(gan, START))
        drawn = trained.draw(count, torch.Generator().manual_seed(seed))
        made |= {GAN: generate_volumes(trained, *drawn), CONTROL: generate_volumes(before, *drawn)}
    made |= {
        APPEARANCE: generate_volumes(network.decoder, z, detail),
        SAMPLER: GaussianSampler.fit(people.learned.volumes, wide).sample(count, seed).astype(np.float32),
    }
    return BrainsToCompare(made, made_for(network, people.learned.covariates, seed + 1))
