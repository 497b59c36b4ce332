import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import BENDING_SD, Covariates, Design
from brainaging.pipeline.counterfactual.directions import direction_cosines
from brainaging.pipeline.runtime import UserError


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
    found = {one.adjusted: one for one in direction_cosines(latents, people, np.arange(len(people)), 0, 100)}
    assert found["without covariates"].value < -0.8
    assert found["without covariates"].p < 0.05
    assert abs(found["age and sex"].value) < 0.35
    assert found["age and sex"].low < 0 < found["age and sex"].high


def test_a_covariate_that_nobody_differs_in_is_named():
    people = Covariates(np.arange(20.0, 40.0), np.ones(20), np.full(20, 1400.0) + np.arange(20))
    with pytest.raises(UserError, match="sex"):
        Design.of(people)


def test_the_design_bends_with_age_only_over_a_wide_range():
    for spread, bends in ((BENDING_SD / 4, False), (2 * BENDING_SD, True)):
        age = 50 + spread * np.linspace(-2, 2, 40)
        people = Covariates(age, np.tile([0.0, 1.0], 20), 1400.0 + np.arange(40))
        design = Design.of(people)
        assert (design.bend is not None) == bends
        assert design.matrix(people).shape == (40, len(design.columns()))
        np.testing.assert_allclose(design.matrix(people)[:, 1:].mean(axis=0)[1 if not bends else 2], 0, atol=1e-9)
        assert not design.change(people, people).any()
