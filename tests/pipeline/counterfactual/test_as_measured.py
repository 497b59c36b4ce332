"""Ventricles grow in an edit as they are measured to grow, and heads as it is asked, whatever it said before."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from brainaging.pipeline.counterfactual import ventricle_growth as ventricles
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.deformation import Deformation, align_cohort, new_alignment
from brainaging.pipeline.counterfactual.head_size_effect import sized_as_asked
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.shrunk_effects import least_squares
from brainaging.pipeline.counterfactual.ventricle_growth import grown_as_measured, nearness, rates, trust
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes, ventricle_region
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")
PEOPLE = 24


@pytest.fixture(scope="module")
def learned() -> tuple[Deformation, np.ndarray, np.ndarray, Covariates]:
    """An edit as regression has it, the scans, their velocities and covariates."""
    scenario = load_scenario("lifespan")
    causes = draw_causes(scenario, 3, PEOPLE)
    truth = Truth(Renderer(scenario, 3, 6.0), {cause.subject: cause for cause in causes}, GRID)
    volumes = np.stack([truth.volume(cause) for cause in causes])
    age, male = np.array([c.age for c in causes]), np.array([float(c.sex == "M") for c in causes])
    aligned = align_cohort(volumes, GRID, age, male, knots_mm=24.0)
    people = Covariates(age, male, aligned.head_size)
    design = Design.of(people)
    rows = design.matrix(people)
    looks = aligned.looks.reshape(len(rows), -1)
    edit = Deformation(
        GRID,
        design,
        aligned.alignment,
        least_squares(aligned.velocities, rows).astype(np.float32),
        least_squares(looks, rows).astype(np.float32),
    )
    return edit, volumes, aligned.velocities, people


def growth(edit: Deformation, volumes: np.ndarray, velocities: np.ndarray, people: Covariates) -> float:
    made = volumes + edit.change(volumes, people, people.older(10.0), velocities)
    return float((tissue_volumes(made, GRID)["ventricles"] - tissue_volumes(volumes, GRID)["ventricles"]).mean())


@pytest.fixture(scope="module")
def mended(learned) -> dict[float, tuple[Deformation, Deformation]]:
    """Edits that move too little and too much, and what becomes of them."""
    edit, *cohort = learned
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ventricles, "trust", lambda *_: 1.0)
        for by in (0.7, 2.0):
            wrong = replace(edit, velocities=edit.velocities * by)
            found[by] = wrong, grown_as_measured(wrong, *cohort, np.arange(PEOPLE))
    return found


@pytest.mark.parametrize("by", [0.7, 2.0])
def test_an_edit_that_moves_too_much_or_too_little_ends_at_the_cohorts_growth(learned, mended, by):
    edit, *cohort = learned
    filled, people = tissue_volumes(cohort[0], GRID)["ventricles"], cohort[-1]
    grows = PoissonRegressor(alpha=0, max_iter=1000).fit(edit.design.matrix(people)[:, 1:], filled).coef_
    years = edit.design.change(people, people.older(10.0))[:, 1:]
    wanted = float((filled * np.expm1(years @ grows)).mean())
    wrong, found = (growth(one, *cohort) for one in mended[by])
    assert wrong != pytest.approx(wanted, rel=0.1)
    assert found == pytest.approx(wanted, rel=0.02)


def test_only_age_and_only_what_is_near_is_scaled(mended):
    wrong, found = mended[0.7]
    for column, name in enumerate(wrong.design.columns()):
        assert (found.velocities[column] == wrong.velocities[column]).all() == (not name.startswith("age"))
    far = np.tile(nearness(wrong.alignment), 3) < 0.01
    assert far.any()
    np.testing.assert_allclose(found.velocities[:, far], wrong.velocities[:, far], rtol=0.02, atol=1e-6)
    np.testing.assert_array_equal(found.contrast, wrong.contrast)


def test_a_cohort_that_says_nothing_of_age_changes_nothing(learned):
    edit, volumes, velocities, people = learned
    # one brain for everybody: ventricles that no age explains
    same = np.repeat(volumes[:1], len(volumes), axis=0)
    assert grown_as_measured(edit, same, velocities, people, np.arange(PEOPLE)) is edit


def test_believing_grows_with_certainty():
    random = np.random.default_rng(0)
    rows = np.column_stack([np.ones(400), random.standard_normal(400)])
    noise = random.standard_normal(400)
    said = [trust(size * rows[:, 1] + noise, rows, 1, np.arange(400)) for size in (0.0, 0.2, 1.0)]
    assert said[0] == 0.0
    assert said[0] < said[1] < said[2]
    assert said[2] > 0.97


def test_kin_who_are_alike_are_believed_as_one():
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
    found = rates(filled, rows, 2, np.arange(600))
    np.testing.assert_allclose(found, [0.15, 0.06], atol=0.02)


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


@pytest.mark.parametrize("by", [0.7, 1.4])
def test_heads_become_as_much_larger_and_smaller_as_is_asked(learned, by):
    edit, volumes, velocities, people = learned
    column = edit.design.columns().index("head_size")
    scale = np.where(np.arange(len(edit.velocities)) == column, by, 1.0)[:, None].astype(np.float32)
    wrong = replace(edit, velocities=edit.velocities * scale, contrast=edit.contrast * scale)
    found = sized_as_asked(wrong, volumes, velocities, people, np.ones(len(people)))
    others = np.arange(len(edit.velocities)) != column
    np.testing.assert_array_equal(found.velocities[others], edit.velocities[others])
    asked = 1.06 ** np.where(np.arange(len(people)) % 2, 1.0, -1.0)
    after = people.with_head_size(people.head_size * asked)
    done = []
    for one in (wrong, found):
        made = volumes + one.change(volumes, people, after, velocities)
        changed = np.log(head_sizes(made, GRID.spacing) / head_sizes(volumes, GRID.spacing))
        done.append(float(np.log(asked) @ changed) / float(np.square(np.log(asked)).sum()))
    assert abs(done[1] - 1) < 0.05
    assert abs(done[1] - 1) < abs(done[0] - 1)


def test_scans_that_registration_scaled_say_nothing_of_how_large_heads_become(learned):
    edit, volumes, velocities, people = learned
    scales = np.ones(len(people))
    scales[3] = 1.05
    assert sized_as_asked(edit, volumes, velocities, people, scales) is edit
