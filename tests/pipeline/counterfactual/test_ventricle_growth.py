"""Ventricles grow in an edit as they are measured to grow, whatever it did before."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from brainaging.pipeline.counterfactual import ventricle_growth as ventricles
from brainaging.pipeline.counterfactual.cohort_alignment import new_alignment
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.ventricle_growth import grown_as_measured, nearness, rates, trust
from brainaging.pipeline.measures.tissue import tissue_volumes, ventricle_region
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")


def growth(edit: Deformation, volumes: np.ndarray, velocities: np.ndarray, people: Covariates) -> float:
    older = volumes + edit.predicted_change(volumes, people, people.older(10.0), velocities)
    return float((tissue_volumes(older, GRID)["ventricles"] - tissue_volumes(volumes, GRID)["ventricles"]).mean())


@pytest.fixture(scope="module")
def repaired(regressed) -> dict[float, tuple[Deformation, Deformation]]:
    """Edits that move too little and too much, and what becomes of them."""
    edit, *cohort = regressed
    edits = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ventricles, "trust", lambda *_: 1.0)
        for by in (0.7, 2.0):
            wrong = replace(edit, velocities=edit.velocities * by)
            edits[by] = wrong, grown_as_measured(wrong, *cohort, np.arange(len(cohort[0])))
    return edits


@pytest.mark.parametrize("by", [0.7, 2.0])
def test_an_edit_that_moves_too_much_or_too_little_ends_at_the_cohorts_growth(regressed, repaired, by):
    edit, *cohort = regressed
    filled, people = tissue_volumes(cohort[0], GRID)["ventricles"], cohort[-1]
    slopes = PoissonRegressor(alpha=0, max_iter=1000).fit(edit.design.matrix(people)[:, 1:], filled).coef_
    years = edit.design.covariate_step(people, people.older(10.0))[:, 1:]
    expected = float((filled * np.expm1(years @ slopes)).mean())
    wrong, scaled = (growth(each, *cohort) for each in repaired[by])
    assert wrong != pytest.approx(expected, rel=0.1)
    assert scaled == pytest.approx(expected, rel=0.02)


def test_only_age_and_only_what_is_near_is_scaled(repaired):
    wrong, scaled = repaired[0.7]
    for column, name in enumerate(wrong.design.columns()):
        assert (scaled.velocities[column] == wrong.velocities[column]).all() == (not name.startswith("age"))
    far = np.tile(nearness(wrong.alignment), 3) < 0.01
    assert far.any()
    np.testing.assert_allclose(scaled.velocities[:, far], wrong.velocities[:, far], rtol=0.02, atol=1e-6)
    np.testing.assert_array_equal(scaled.contrast, wrong.contrast)


def test_a_cohort_that_says_nothing_of_age_changes_nothing(regressed):
    edit, volumes, velocities, people = regressed
    # one brain for everybody: ventricles that no age explains
    same = np.repeat(volumes[:1], len(volumes), axis=0)
    assert grown_as_measured(edit, same, velocities, people, np.arange(len(people))) is edit


def test_trust_grows_with_certainty():
    random = np.random.default_rng(0)
    rows = np.column_stack([np.ones(400), random.standard_normal(400)])
    noise = random.standard_normal(400)
    trusted = [trust(size * rows[:, 1] + noise, rows, 1, np.arange(400)) for size in (0.0, 0.2, 1.0)]
    assert trusted[0] == 0.0
    assert trusted[0] < trusted[1] < trusted[2]
    assert trusted[2] > 0.97


def test_kin_who_are_alike_count_as_one():
    random = np.random.default_rng(1)
    rows = np.column_stack([np.ones(200), random.standard_normal(200)])
    values = 0.3 * rows[:, 1] + random.standard_normal(200)
    once = trust(values, rows, 1, np.arange(200))
    twice = np.repeat(values, 2), np.repeat(rows, 2, axis=0), 1
    assert trust(*twice, np.repeat(np.arange(200), 2)) == pytest.approx(once, abs=0.01)
    assert trust(*twice, np.arange(400)) > once + 0.05


def volumes_of(seed: int, bend: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, 3) design of age in decades and its square, and volumes that grow so, people differing much."""
    random = np.random.default_rng(seed)
    decades = random.uniform(-3.5, 3.5, 600)
    rows = np.column_stack([np.ones(600), decades, decades**2 - np.square(decades).mean()])
    return rows, np.exp(2 + 0.15 * decades + bend * rows[:, 2] + 0.4 * random.standard_normal(600))


def test_growth_is_straight_where_its_bend_is_chance_and_bent_where_it_is_not():
    straight, plain = [], []
    for seed in range(12):
        rows, filled = volumes_of(seed, 0.0)
        straight.append(rates(filled, rows, 2, np.arange(600))[1])
        plain.append(PoissonRegressor(alpha=0, max_iter=1000).fit(rows[:, 1:], filled).coef_[1])
    assert np.square(straight).mean() < 0.5 * np.square(plain).mean()
    rows, filled = volumes_of(0, 0.06)
    slopes = rates(filled, rows, 2, np.arange(600))
    np.testing.assert_allclose(slopes, [0.15, 0.06], atol=0.02)


def test_near_is_where_ventricles_are():
    alignment = new_alignment(12.0)
    near = nearness(alignment)
    assert near.shape == (len(alignment.active),)
    knots = alignment.lattice.knots
    index = np.stack(np.unravel_index(alignment.active.numpy(), (knots,) * 3), axis=1)
    voxels = np.round((index - 1.0) * 12.0 / GRID.spacing - 0.5).astype(int)
    within = ((voxels >= 0) & (voxels < 32)).all(axis=1)
    inside = ventricle_region(GRID)[tuple(voxels[within].T)]
    # a knot lies less than 8 mm from the middle of the voxel that it is rounded to
    assert near[within][inside].min() > 0.8
    assert near[within][~inside].mean() < 0.3
