"""What is measured of a generator to order: are its brains what was ordered?"""

from typing import cast

import numpy as np
import torch
from torch import nn

from brainaging.networks import T1wConditionalGenerator
from brainaging.pipeline.counterfactual.covariates import cohort_covariates
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.engines.flow import OrderInferer
from brainaging.pipeline.experiments.shipped.figures import Figure
from brainaging.pipeline.experiments.shipped.recipe_people import MEASURED
from brainaging.pipeline.measures.fidelity import distance_to_real, frechet_distance, pca_space
from brainaging.pipeline.measures.fidelity.conditional_truth import SLOPES, Compared, conditional_truth
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.pipeline.runtime import generator as random_source
from brainaging.transforms import template_mask

#: of draws and bootstraps; figures are the weights', whatever seed they were trained with
SEED = 0
#: brains that are decoded at a time. Sensitivity: memory alone
BATCH = 64
#: brains made for each person: the distance's interval is over sets as large as the people. Sensitivity: its width
EACH = 3


def ordered_figures(network: nn.Module, people: Prepared) -> list[Figure]:
    """Return slopes and spread of brains made for the held-out people's age, sex and head size by these people's.

    Args:
        network: a :class:`T1wConditionalGenerator` of age, sex and head size.
        people: prepared for its recipe; those of the part ``test`` are measured on.
    """
    covariates, complete = cohort_covariates(people.cohort, people.head_size)
    rows = complete[np.isin(complete, people.split(MEASURED))]
    known = covariates[np.isin(complete, rows)]
    asked = np.stack([known.age, known.male, known.head_size], axis=1)
    real, families = people.volumes(rows), np.asarray(people.cohort.groups())[rows]
    several = made_for(cast(T1wConditionalGenerator, network), np.tile(asked, (EACH, 1)))
    made = several[: len(rows)]
    train = people.volumes(people.split("train"))
    space = pca_space(train, template_mask(people.grid))
    features = [space(each) for each in (several, train, real)]
    distance = distance_to_real(
        frechet_distance, features[0], features[1], features[2], random_source(SEED, "distance")
    )
    volumes = [tissue_volumes(each, people.grid)["ventricles"] for each in (made, real)]
    heads = [head_sizes(each, people.grid.spacing) for each in (made, real)]
    fluid, head = (
        conditional_truth(ours, theirs, np.column_stack([theirs, asked]), asked, families, SEED)
        for ours, theirs in (volumes, heads)
    )
    decade, _, size = SLOPES
    return [
        Figure(
            "frechet_distance",
            *(distance.value, distance.low, distance.high, distance.n),
            "two samples of simulated people",
            distance.floor,
        ),
        _ratio("ventricles_by_age_by_true", fluid.slopes[decade], len(rows)),
        _ratio("spread_of_ventricles_by_true", fluid.spread, len(rows)),
        _ratio("head_size_by_asked_by_true", head.slopes[size], len(rows)),
    ]


@torch.inference_mode()
def made_for(network: T1wConditionalGenerator, asked: np.ndarray, seed: int = SEED) -> np.ndarray:
    """Return brains (n, X, Y, Z) made for years, 0 or 1, and mL (n, 3)."""
    noise, detail = network.draw(len(asked), torch.Generator().manual_seed(seed))
    covariates, infer = torch.from_numpy(asked.astype(np.float32)), OrderInferer()
    parts = [
        infer(noise[rows], network, covariates=covariates[rows], detail=detail[rows])[:, 0]
        for rows in torch.arange(len(noise)).split(BATCH)
    ]
    return torch.cat(parts).numpy()


def _ratio(name: str, found: Compared, count: int) -> Figure:
    return Figure(name, found.ratio, found.low, found.high, count, "the people's own", 1.0)
