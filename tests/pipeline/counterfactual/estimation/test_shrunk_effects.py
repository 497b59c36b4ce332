"""Effects are shrunk by what chance would give: planted ones are found, wide or local; families count once."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.estimation.fits import family_errors, least_squares
from brainaging.pipeline.counterfactual.estimation.shrunk_effects import (
    LOCAL,
    PRIORS,
    WIDE,
    Effects,
    Known,
    Measures,
)

PEOPLE, MEASURES = 200, 60
STRANGERS = np.arange(PEOPLE)


def mirror(values: np.ndarray) -> np.ndarray:
    """Exchange the first half of the measures with the second."""
    return np.roll(values, MEASURES // 2, axis=-1)


def fitted(values: np.ndarray, design: np.ndarray, groups: np.ndarray, priors=PRIORS) -> Effects:
    """Fit one kind of measure of which nothing is known."""
    return Effects.fit([Measures(values, mirror, np.zeros((0, MEASURES)))], design, groups, priors=priors)


def people(seed: int, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    design = np.stack([np.ones(PEOPLE), random.standard_normal(PEOPLE)], axis=1)
    scale = np.geomspace(3, 0.1, MEASURES)
    turned = np.linalg.qr(random.normal(size=(MEASURES, MEASURES)))[0]
    noise = random.standard_normal((PEOPLE, MEASURES)) * scale @ turned
    return (design[:, 1:] * effect + noise).astype(np.float32), design


def test_where_nothing_is_planted_next_to_nothing_is_left():
    left = []
    for seed in range(10):
        values, design = people(seed, np.zeros(MEASURES))
        found = fitted(values, design, STRANGERS).coefficients[0][1]
        left.append(np.square(found).sum() / np.square(least_squares(values, design)[1]).sum())
    assert np.mean(left) < 0.25


def test_a_planted_effect_is_nearer_than_by_least_squares():
    effect = np.tile(np.sin(np.arange(MEASURES // 2)), 2) * 0.3
    better = []
    for seed in range(10):
        values, design = people(seed, effect)
        shrunk = fitted(values, design, STRANGERS).coefficients[0][1]
        raw = least_squares(values, design)[1]
        better.append(np.linalg.norm(shrunk - effect) / np.linalg.norm(raw - effect))
    assert np.mean(better) < 0.8


@pytest.mark.parametrize("place", ["along_wide_axes", "in_one_place"])
def test_wide_and_local_effects_are_each_nearer_than_by_the_prior_of_the_other(place):
    error = {"both": 0.0, "wide": 0.0, "local": 0.0}
    for seed in range(8):
        values, design = people(seed, np.zeros(MEASURES))
        if place == "in_one_place":
            effect = np.zeros(MEASURES)
            effect[[3, 3 + MEASURES // 2]] = 2.0
        else:
            # what both sides have in common of where people differ most
            axis = np.linalg.svd(values + mirror(values), full_matrices=False)[2][0]
            effect = 3.0 * axis
        values = (values + design[:, 1:] * effect).astype(np.float32)
        for name, priors in (("both", (WIDE, LOCAL)), ("wide", (WIDE,)), ("local", (LOCAL,))):
            found = fitted(values, design, STRANGERS, priors).coefficients[0][1]
            error[name] += float(np.linalg.norm(found - effect))
    better, worse = ("local", "wide") if place == "in_one_place" else ("wide", "local")
    # the mean of two errors can be smaller than either
    assert max(error[better], error["both"]) < error[worse]


def test_a_family_of_the_same_people_counts_once():
    kept = []
    for seed in range(5):
        values, design = people(seed, np.zeros(MEASURES))
        once = fitted(values, design, STRANGERS).coefficients[0]
        twice, rows, twins = (np.repeat(each, 2, axis=0) for each in (values, design, STRANGERS))
        np.testing.assert_allclose(fitted(twice, rows, twins).coefficients[0], once, atol=0.003)
        strangers = fitted(twice, rows, np.arange(2 * PEOPLE)).coefficients[0]
        kept.append([np.linalg.norm(found[1]) for found in (once, strangers)])
    # nothing was planted, and copies of people make chance look like something
    once, strangers = np.mean(kept, axis=0)
    assert strangers > 1.5 * once


def test_families_errors_are_those_of_repeated_studies():
    random, families = np.random.default_rng(0), np.repeat(np.arange(PEOPLE // 2), 2)
    design = np.stack([np.ones(PEOPLE), random.standard_normal(PEOPLE // 2)[families]], axis=1)
    found, told = [], []
    for _ in range(400):
        kin = random.standard_normal((PEOPLE // 2, 1))[families]
        values = kin + 0.5 * random.standard_normal((PEOPLE, 1))
        coefficients = least_squares(values, design)
        errors = family_errors(values - design @ coefficients, design, 1, families)
        found.append(coefficients[1, 0])
        told.append(np.square(errors).sum())
    assert np.mean(told) == pytest.approx(np.var(found), rel=0.15)


def test_the_constant_is_left_alone_and_equal_weights_change_nothing():
    values, design = people(0, np.ones(MEASURES))
    found = fitted(values, design, STRANGERS)
    np.testing.assert_allclose(found.coefficients[0][0], least_squares(values, design)[0], atol=1e-4)
    np.testing.assert_allclose(found.refit(np.ones(PEOPLE))[0][0], found.coefficients[0], atol=1e-4)


def test_a_known_change_is_found_and_what_it_leaves_is_shrunk():
    response = np.tile(np.cos(np.arange(MEASURES // 2)), 2)[None]
    amplitudes, left = [], []
    for seed in range(10):
        values, design = people(seed, 0.8 * response[0])
        kinds = [Measures(values, mirror, response), Measures(values[:, ::-1].copy(), mirror, response[:, ::-1])]
        found = Effects.fit(kinds[:1], design, STRANGERS, Known(np.ones(1), (1,)))
        amplitudes.append(found.amplitudes[1, 0])
        left.append(np.linalg.norm(found.coefficients[0][1]))
        assert not found.amplitudes[0].any()
        # the same people measured twice say the same
        twice = Effects.fit(kinds, design, STRANGERS, Known(np.ones(1), (1,)))
        assert abs(twice.amplitudes[1, 0] - amplitudes[-1]) < 0.05
    assert np.mean(amplitudes) == pytest.approx(0.8, rel=0.08)
    assert np.mean(left) < 0.2 * np.linalg.norm(0.8 * response)
