"""Directions of age and of sex in a latent space, and how alike they come out with and without covariates.

In a cohort in which older people are more often women, a direction "of age" fitted alone is mostly one of sex.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX, Covariates, Design
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.pipeline.runtime import counted, generator
from brainaging.pipeline.stats.bootstrap import group_weights, percentile
from brainaging.pipeline.stats.exchangeability import (
    FEWEST_BLOCKS,
    exchangeable,
    family_builds,
    family_orders,
)

#: what stands in the model beside the covariate whose direction it is, by its code in results
ADJUSTMENTS = {
    "none": (),
    "age_sex": (AGE, SEX),
    "age_sex_head_size": (AGE, SEX, HEAD_SIZE),
}


@dataclass(frozen=True)
class Cosine:
    """The cosine of the age and the sex direction, unwhitened, its 95 % interval, and p of a cosine by chance.

    ``adjustment`` is a key of :data:`ADJUSTMENTS`.
    """

    adjustment: str
    value: float
    low: float
    high: float
    p: float


def direction(
    latents: np.ndarray, people: Covariates, of: str, adjusted: Sequence[str], weights: np.ndarray | None = None
) -> np.ndarray:
    """Return the change (L,) of latents (n, L) per decade, or from F to M, given the covariates ``adjusted``."""
    design = replace(Design.of(people, tuple(dict.fromkeys((of, *adjusted)))), bend=None)
    names = design.columns()
    return least_squares(latents.astype(float), design.matrix(people), weights)[names.index(of)]


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    """Return the cosine of two directions (L,)."""
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def direction_cosines(
    latents: np.ndarray, people: Covariates, groups: np.ndarray, seed: int, replicates: int = 200
) -> list[Cosine]:
    """Return the cosine of the age and sex directions for every entry of :data:`ADJUSTMENTS`.

    Intervals draw families; the null deals sexes out anew, family by family, so that a direction of sex is any
    direction. p is NaN where too few families can change places.

    Args:
        latents: (n, L), or voxels.
        people: their covariates.
        groups: (n,) families.
        seed: of draws.
        replicates: bootstrap draws, and relabellings.
    """
    weights = group_weights(groups, seed, replicates)
    builds = family_builds(np.asarray(groups), people.age, people.male)
    able = exchangeable(builds) >= FEWEST_BLOCKS
    orders = family_orders(builds, replicates if able else 0, generator(seed, "cosine null"))
    cosines = []
    for name, adjusted in counted(ADJUSTMENTS.items(), "cosines of the age and sex directions"):

        def age_sex(of: Covariates, weight: np.ndarray | None = None, held: Sequence[str] = adjusted) -> float:
            return cosine(*(direction(latents, of, covariate, held, weight) for covariate in (AGE, SEX)))

        value = age_sex(people)
        low, high = percentile(np.array([age_sex(people, draw) for draw in weights]))
        null = [age_sex(replace(people, male=people.male[order])) for order in orders]
        beyond = int((np.abs(null) >= abs(value)).sum())
        p = (1 + beyond) / (1 + replicates) if able else float("nan")
        cosines.append(Cosine(name, value, low, high, p))
    return cosines
