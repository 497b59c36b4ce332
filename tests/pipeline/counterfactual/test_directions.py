"""Directions of age and sex, with and without covariates."""

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.directions import direction_cosines


def confounded(count: int = 600) -> tuple[np.ndarray, Covariates]:
    """Return latents in which age and sex have nothing in common, of people of whom the older are women."""
    random = np.random.default_rng(0)
    age = random.uniform(22, 37, count)
    male = (random.random(count) < 0.9 - 0.8 * (age - 22) / 15).astype(float)
    size = 1400 * 1.12**male * np.exp(0.06 * random.standard_normal(count))
    latents = random.standard_normal((count, 8))
    latents[:, 0] += 0.4 * (age - 29) / 10
    latents[:, 1] += 3.0 * male
    return latents, Covariates(age, male, size)


def test_without_covariates_a_direction_of_age_is_one_of_sex_and_with_them_it_is_not():
    latents, people = confounded()
    cosines = {
        each.adjustment: each for each in direction_cosines(latents, people, np.arange(len(people)), 0, 100)
    }
    assert cosines["none"].value < -0.8
    assert cosines["none"].p < 0.05
    assert abs(cosines["age_sex"].value) < 0.35
    assert cosines["age_sex"].low < 0 < cosines["age_sex"].high
