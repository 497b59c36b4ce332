"""Budgets: named, known, and with a headline encoder that loses something."""

import pytest

from brainaging.pipeline.experiments.budget import BUDGETS, get_budget
from brainaging.pipeline.results import Difference
from brainaging.pipeline.runtime import UserError

#: people of the demo, and of the original study
PEOPLE = {"short": 200, "full": 1113}


@pytest.mark.parametrize("name", sorted(BUDGETS))
def test_the_headline_latents_are_no_rotation_of_the_scans(name):
    budget = get_budget(name)
    paired = Difference(
        experiment="sex",
        cohort="toy",
        target="sex",
        features="latents",
        encoder="autoencoder",
        codes=budget.latent_sizes[0],
        model="logistic_regression",
        contrast="features",
        reference="voxels",
        metric="accuracy",
        value=0.0,
        n_train=PEOPLE[name] * (budget.folds - 1) // budget.folds,
    )
    assert not paired.is_rotation
    assert set(budget.random_latent_sizes) <= set(budget.latent_sizes)
    assert budget.table_latent_size < PEOPLE[name] * (budget.folds - 1) // budget.folds - 1


def test_an_unknown_budget_is_named_with_those_that_are_known():
    with pytest.raises(UserError, match="--budget huge: expected short or full"):
        get_budget("huge")
