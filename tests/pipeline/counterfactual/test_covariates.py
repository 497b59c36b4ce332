"""What an edit changes and holds, and the design of fits on it."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import BENDING_SD, Covariates, Design
from brainaging.pipeline.runtime import UserError


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
        assert not design.covariate_step(people, people).any()
