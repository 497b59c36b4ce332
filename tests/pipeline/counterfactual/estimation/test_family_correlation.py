"""Laws of generalised least squares over families."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.estimation.family_correlation import (
    family_means,
    intraclass_correlation,
    less_shared,
)


def _families(rng: np.random.Generator, families: int, members: int, shared: float) -> tuple[np.ndarray, ...]:
    groups = np.repeat(np.arange(families), members)
    noise = np.sqrt(shared) * rng.standard_normal((families, 40))[groups]
    noise += np.sqrt(1 - shared) * rng.standard_normal((len(groups), 40))
    return groups, noise


def test_the_planted_correlation_is_found() -> None:
    rng = np.random.default_rng(0)
    for shared in (0.0, 0.3, 0.8):
        groups, noise = _families(rng, 200, 4, shared)
        assert intraclass_correlation(noise - noise.mean(axis=0), groups) == pytest.approx(shared, abs=0.03)


def test_unequal_families_give_the_planted_correlation() -> None:
    rng = np.random.default_rng(1)
    groups = np.concatenate([np.full(size, name) for name, size in enumerate(rng.integers(1, 7, 400))])
    noise = np.sqrt(0.5) * rng.standard_normal((400, 40))[groups]
    noise += np.sqrt(0.5) * rng.standard_normal((len(groups), 40))
    assert intraclass_correlation(noise - noise.mean(axis=0), groups) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("groups", [np.arange(30), np.zeros(30)], ids=["strangers", "one family"])
def test_where_nobody_or_everybody_is_kin_there_is_no_correlation(groups: np.ndarray) -> None:
    residuals = np.random.default_rng(2).standard_normal((30, 3))
    assert intraclass_correlation(residuals, groups) == 0.0


def test_no_correlation_changes_nothing() -> None:
    values = np.random.default_rng(3).standard_normal((12, 5))
    np.testing.assert_array_equal(less_shared(values, np.repeat([0, 1, 2], 4), 0.0), values)


def test_the_transform_whitens_what_families_share() -> None:
    groups, correlation = np.repeat([0, 1, 1, 2, 2, 2], 1), 0.6
    covariance = np.where(groups[:, None] == groups, correlation, 0.0) + (1 - correlation) * np.eye(6)
    root = less_shared(np.eye(6), groups, correlation)
    np.testing.assert_allclose(root @ covariance @ root.T, (1 - correlation) * np.eye(6), atol=1e-12)


def test_what_a_family_shares_goes_as_the_correlation_nears_one() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(5), 3)
    values = rng.standard_normal((15, 2))
    moved = values + 10 * rng.standard_normal((5, 2))[groups]
    near = [less_shared(each, groups, 1 - 1e-12) for each in (values, moved)]
    np.testing.assert_allclose(near[0], near[1], atol=1e-4)


def test_kin_who_differ_in_age_tell_its_effect_better_than_strangers_do() -> None:
    rng = np.random.default_rng(5)
    groups, noise = _families(rng, 30, 10, 0.9)
    age = rng.standard_normal(300)
    design = np.stack([np.ones(300), age], axis=1)
    values = noise + age[:, None]
    plain = np.linalg.lstsq(design, values, rcond=None)[0][1]
    residuals = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    correlation = intraclass_correlation(residuals, groups)
    pair = [less_shared(each, groups, correlation) for each in (design, values)]
    general = np.linalg.lstsq(*pair, rcond=None)[0][1]
    assert np.square(general - 1).mean() < 0.3 * np.square(plain - 1).mean()
    assert abs(general.mean() - 1) < 0.02


def test_the_order_of_people_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    groups, values = np.array(["a", "b", "a", "c", "b"]), rng.standard_normal((5, 2, 3))
    order = rng.permutation(5)
    np.testing.assert_allclose(
        less_shared(values[order], groups[order], 0.4), less_shared(values, groups, 0.4)[order]
    )
    np.testing.assert_allclose(family_means(values, groups)[0], values[[0, 2]].mean(axis=0))


def test_a_correlation_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to below 1, got 1"):
        less_shared(np.ones((2, 1)), np.array([0, 0]), 1.0)
