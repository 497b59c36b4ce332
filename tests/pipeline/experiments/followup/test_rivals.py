"""What stands beside the edit: planted rates are found, and changes grow with the years."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES
from brainaging.pipeline.experiments.followup.rivals import (
    Followed,
    MeanObservedChange,
    VolumeRegression,
    rate_priors,
)


@pytest.fixture
def people():
    rng = np.random.default_rng(0)
    return Covariates(rng.uniform(50, 80, 40), np.arange(40) % 2 + 0.0, rng.normal(1400, 100, 40))


def test_the_mean_change_a_year_is_found_and_grows_with_the_years(people):
    per_year = np.random.default_rng(1).standard_normal((3, 3, 3))
    years = np.linspace(1, 4, 40)
    method = MeanObservedChange.of(years[:, None, None, None] * per_year, years)
    predicted = method.predicted_change(np.zeros((40, 3, 3, 3)), people, people.older(2.5))
    np.testing.assert_allclose(predicted, np.broadcast_to(2.5 * per_year, predicted.shape), rtol=1e-4, atol=1e-5)


def test_a_regression_of_volumes_finds_what_a_year_does(people):
    volumes = {name: 5.0 * number + 0.3 * people.age for number, name in enumerate(STRUCTURES)}
    changes = VolumeRegression.fit(volumes, people).predicted_change(people, people.older(2.0))
    assert set(changes) == set(STRUCTURES)
    for change in changes.values():
        np.testing.assert_allclose(change, 0.6, atol=1e-6)


def test_followed_people_s_slopes_and_visits():
    ages = [np.array([60.0, 62.0, 64.0]), np.array([70.0, 71.0])]
    volumes = {name: [np.array([10.0, 12.0, 20.0]), np.array([5.0, 5.5])] for name in STRUCTURES}
    followed = Followed(ages, volumes)
    assert len(followed) == 2
    np.testing.assert_allclose(followed.slopes("grey", 2, 0.1).rate, [1.0, 0.5])
    age, volume = followed.at("grey", 1)
    np.testing.assert_array_equal(age, [62.0, 71.0])
    np.testing.assert_array_equal(volume, [12.0, 5.5])


def test_every_structure_has_a_prior():
    rng = np.random.default_rng(2)
    ages = [np.array([age, age + 2.5]) for age in rng.uniform(50, 80, 30)]
    volumes = {name: [np.array([20.0, 20.0 + 2.5 * rng.normal(0.5, 0.1)]) for _ in ages] for name in STRUCTURES}
    priors = rate_priors(Followed(ages, volumes), dict.fromkeys(STRUCTURES, 1e-4), 10)
    for prior in priors.values():
        assert prior.coefficients[0] == pytest.approx(0.5, abs=0.08)
