"""A person's own rate: shrunk as far as its error says, intervals that hold what they say, people needed."""

import numpy as np
import pytest

from brainaging.pipeline.stats.personal_rates import RatePrior, Slopes, people_needed, retest_error

AGES = np.array([0.0, 2.5, 5.0])


def world(seed, people, spread, error, retests=20):
    """Return ages (n, 3), volumes (n, 3), own rates (n,) and the error that retests tell."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(50, 80, people)
    ages = start[:, None] + AGES + np.array([0, 1, 1]) * rng.normal(0, 0.3, (people, 1))
    rates = 0.3 + 0.02 * (start - 65) + spread * rng.standard_normal(people)
    volumes = rng.normal(25, 8, (people, 1)) + rates[:, None] * (ages - start[:, None])
    first, second = error * rng.standard_normal((2, retests))
    return ages, volumes + error * rng.standard_normal((people, 3)), rates, retest_error(first, second)


def slopes(ages, volumes, error, visits=2):
    return Slopes.of(list(ages[:, :visits]), list(volumes[:, :visits]), error)


def test_slopes_are_least_squares_and_their_errors_too():
    found = Slopes.of(
        [np.array([60.0, 62.0]), np.array([60.0, 61.0, 65.0])],
        [np.array([10.0, 13.0])] * 1 + [np.array([5.0, 6.0, 10.0])],
        0.5,
    )
    np.testing.assert_allclose(found.rate, [1.5, 1.0])
    np.testing.assert_allclose(found.variance, [0.5 / 2, 0.5 / 14])
    np.testing.assert_allclose(found.age, [61.0, 62.0])
    np.testing.assert_array_equal(found.scans, [2, 3])


def test_the_error_of_one_measurement_is_half_that_of_a_difference():
    rng = np.random.default_rng(0)
    assert retest_error(*(2 * rng.standard_normal((2, 20000)))) == pytest.approx(4.0, rel=0.03)


def test_the_spread_of_rates_and_their_mean_are_found():
    ages, volumes, _, _ = world(1, 2000, spread=0.4, error=0.3)
    prior = RatePrior.fit(slopes(ages, volumes, 0.09), 0.09, 1000)
    assert prior.spread == pytest.approx(0.16, rel=0.12)
    mean, _ = prior.expected(np.array([66.25, 76.25]))
    np.testing.assert_allclose(mean, [0.3, 0.5], atol=0.03)


def test_without_a_spread_nobody_has_a_rate_of_their_own():
    ages, volumes, _, _ = world(2, 300, spread=0.0, error=0.5)
    prior = RatePrior.fit(slopes(ages, volumes, 0.25), 0.25, 100)
    own, _ = prior.posterior(slopes(ages, volumes, 0.25))
    expected, _ = prior.expected(slopes(ages, volumes, 0.25).age)
    assert np.std(own - expected) < 0.35 * np.std(slopes(ages, volumes, 0.25).rate - expected)


def test_without_error_a_rate_is_what_was_measured():
    ages, volumes, rates, _ = world(3, 60, spread=0.3, error=1e-6)
    prior = RatePrior.fit(slopes(ages, volumes, 1e-12), 1e-12, 20)
    np.testing.assert_allclose(prior.posterior(slopes(ages, volumes, 1e-12))[0], rates, atol=1e-5)


def test_intervals_hold_own_rates_and_later_volumes_as_often_as_they_say():
    hits: dict[str, list[float]] = {"rate": [], "later": [], "ahead": []}
    for seed in range(12):
        ages, volumes, rates, error = world(10 + seed, 140, spread=0.2, error=0.3)
        prior = RatePrior.fit(slopes(ages[:60], volumes[:60], error), error, 20)
        new = slopes(ages[60:], volumes[60:], error)
        later, first = volumes[60:, 2], (ages[60:, 0], volumes[60:, 0], ages[60:, 1] - ages[60:, 0])
        for name, (_, low, high), truth in (
            ("rate", prior.rate_interval(new), rates[60:]),
            ("later", prior.later(new, ages[60:, 2]), later),
            ("ahead", prior.ahead(*first), volumes[60:, 1]),
        ):
            hits[name].append(float(((low <= truth) & (truth <= high)).mean()))
    for name, shares in hits.items():
        assert 0.92 <= np.mean(shares) <= 0.985, name


def test_the_shrunk_rate_is_nearer_to_later_scans_than_the_measured_slope():
    ages, volumes, _, error = world(4, 400, spread=0.15, error=0.4)
    prior = RatePrior.fit(slopes(ages[:100], volumes[:100], error), error, 20)
    new = slopes(ages[100:], volumes[100:], error)
    shrunk = prior.later(new, ages[100:, 2])[0]
    straight = new.middle + new.rate * (ages[100:, 2] - new.age)
    assert np.abs(shrunk - volumes[100:, 2]).mean() < 0.9 * np.abs(straight - volumes[100:, 2]).mean()


def test_few_people_have_no_spread():
    ages, volumes, _, _ = world(5, 5, spread=0.1, error=0.1)
    with pytest.raises(ValueError, match="at least 6 people, found 5"):
        RatePrior.fit(slopes(ages, volumes, 0.01), 0.01, 5)


def test_people_needed_is_the_number_that_has_the_power():
    rng = np.random.default_rng(6)
    needed = people_needed(0.5 + rng.standard_normal(100_000))
    assert needed == pytest.approx(2.8016**2 / 0.25, rel=0.05)
    draws = 0.5 + rng.standard_normal((4000, int(needed)))
    found = np.abs(draws.mean(axis=1) / (draws.std(axis=1, ddof=1) / np.sqrt(needed))) > 1.96
    assert found.mean() == pytest.approx(0.8, abs=0.04)
    assert np.isinf(people_needed(np.array([-1.0, 1.0])))
