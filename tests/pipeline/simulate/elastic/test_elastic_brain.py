"""The solver's laws on a ball of tissue around a core of fluid, whose answers are known."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.elastic.cell_kinds import FLUID, OUTSIDE
from brainaging.pipeline.simulate.elastic.elastic_brain import TOLERANCE, ElasticBrain, UnreachableGrowthError
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES

CORE = NAMES.index("ventricles")
SHELL = NAMES.index("thalamus")


def volume(brain, positions, kind):
    cells = brain.tissue.kind[brain.cells.index] == kind
    return float(brain.cells.volumes(positions)[0][cells].sum())


def test_nothing_prescribed_is_the_identity_to_the_last_bit(brain, asked):
    moved = brain.moved(brain.points(), asked())
    assert np.array_equal(moved.positions, brain.points())
    assert (moved.growth == 0).all()


@pytest.mark.parametrize("growth", [{"shell": -0.05}, {"core": 0.4}, {"shell": -0.15, "core": 0.3}])
def test_structures_get_the_volumes_that_were_prescribed(brain, asked, growth):
    wanted = asked(**growth)
    moved = brain.moved(brain.points(), wanted)
    np.testing.assert_allclose(moved.growth, wanted, atol=TOLERANCE)
    for number in (CORE, SHELL):
        ratio = volume(brain, moved.positions, number) / volume(brain, brain.points(), number)
        assert np.log(ratio) == pytest.approx(wanted[number], abs=TOLERANCE)
    assert moved.smallest_jacobian > 0


def test_the_skull_holds_what_it_held_and_fluid_gains_what_tissue_loses(brain, asked):
    moved = brain.moved(brain.points(), asked(shell=-0.1))
    assert brain.cells.volumes(moved.positions)[0].sum() == pytest.approx(64 * len(brain.cells.corners), rel=1e-12)
    held = brain.cells.points[brain.cells.free :] * 4.0
    assert np.array_equal(moved.positions[brain.cells.free :], held)
    lost = volume(brain, brain.points(), SHELL) - volume(brain, moved.positions, SHELL)
    gained = volume(brain, moved.positions, FLUID) - volume(brain, brain.points(), FLUID)
    outside = volume(brain, brain.points(), OUTSIDE) - volume(brain, moved.positions, OUTSIDE)
    assert lost > 0
    assert gained + outside == pytest.approx(lost, rel=0.02)
    assert abs(outside) < 1e-9


def test_a_core_that_is_not_prescribed_takes_part_of_what_the_shell_loses(make_ball, asked):
    tissue = make_ball(14, 4.0)
    tissue.kind[tissue.kind == CORE] = FLUID
    brain = ElasticBrain(tissue)
    radius = np.linalg.norm(brain.cells.points[brain.cells.corners].mean(1) - 7, axis=1)
    core = (radius < 2) & (brain.tissue.kind[brain.cells.index] == FLUID)
    ratios = brain.moved(brain.points(), asked(shell=-0.1)).ratios
    assert ratios[core].mean() > 1.005


def test_loss_goes_on_with_time(brain, asked):
    start = brain.points()
    moved = [brain.moved(start, asked(shell=-loss)).positions for loss in (0.02, 0.04, 0.08, 0.16)]
    sizes = [np.abs(positions - start).sum() for positions in moved]
    assert (np.diff(sizes) > 0).all()
    assert sizes[1] / sizes[0] == pytest.approx(2, rel=0.1)


def test_what_is_symmetric_stays_so(brain, asked):
    moved = brain.moved(brain.points(), asked(shell=-0.1, core=0.2))
    field = np.zeros((3, 15, 15, 15))
    field[(slice(None), *brain.cells.points.T)] = (moved.positions - brain.points()).T
    mirrored = field[:, ::-1] * np.array([-1.0, 1, 1])[:, None, None, None]
    # conjugate gradients end at a hundredth of the residual
    assert np.abs(field - mirrored).max() < 0.03 * np.abs(field).max()


def test_a_person_s_own_shape_gets_the_volumes_too(brain, asked):
    places = brain.points()
    own = places + 1.5 * np.sin(places[:, [1, 2, 0]] / 9.0)
    moved = brain.moved(own, asked(shell=-0.08, core=0.3))
    before, _ = brain.cells.volumes(own)
    after, _ = brain.cells.volumes(moved.positions)
    for number, wanted in ((SHELL, -0.08), (CORE, 0.3)):
        cells = brain.tissue.kind[brain.cells.index] == number
        assert np.log(after[cells].sum() / before[cells].sum()) == pytest.approx(wanted, abs=TOLERANCE)
    assert np.array_equal(moved.positions[brain.cells.free :], own[brain.cells.free :])


def test_a_finer_lattice_comes_nearer_to_the_known_answer(make_ball, asked):
    """Where nothing but the shell changes, what lies within a radius loses what its part of the shell does."""
    errors = []
    for cells, step in ((12, 6.0), (24, 3.0)):
        brain = ElasticBrain(make_ball(cells, step))
        places = brain.points() - 36.0
        motion = brain.moved(brain.points(), asked(shell=-0.1)).positions - brain.points()
        kind = brain.tissue.kind[brain.cells.index]
        core = (3 * (kind == CORE).sum() * step**3 / (4 * np.pi)) ** (1 / 3)
        radius = np.linalg.norm(places, axis=1)
        known = np.cbrt(radius**3 + np.expm1(-0.1) * (radius**3 - core**3)) - radius
        inside = (radius > core + 6) & (radius < 22)
        radial = (motion * places).sum(1)[inside] / radius[inside]
        errors.append(np.sqrt(np.mean((radial - known[inside]) ** 2)) / np.sqrt(np.mean(known[inside] ** 2)))
    assert errors[1] < errors[0]
    assert errors[1] < 0.15


def test_more_than_the_tissue_can_give_is_refused(brain, asked):
    with pytest.raises(UnreachableGrowthError):
        moved = brain.moved(brain.points(), asked(shell=0.9, core=1.9))
        if moved.smallest_jacobian <= 0:
            raise UnreachableGrowthError("folded")
