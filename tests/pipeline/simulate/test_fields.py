"""Velocity fields: the log-Jacobian that was prescribed, no flow through the brain's edge."""

import numpy as np
import pytest
import torch

from brainaging.pipeline.simulate.anatomies import template_anatomy
from brainaging.pipeline.simulate.fields import LATTICE, divergence, effect_fields, poisson_velocity


@pytest.fixture(scope="module")
def effects(scenario):
    return effect_fields(scenario, template_anatomy())


def test_a_velocity_s_divergence_is_what_was_prescribed_and_nothing_leaves():
    inside = np.zeros((14, 15, 16), bool)
    inside[2:12, 2:13, 2:14] = True
    x = np.linspace(-1, 1, 14)[:, None, None] * np.ones(inside.shape)
    source = np.where(inside, np.sin(2 * x), 0)
    source[inside] -= source[inside].mean()
    step = 2.5
    velocity = poisson_velocity(source, inside, step)
    assert not velocity[:, ~torch.from_numpy(inside)].any()
    # the mean of both faces' flow: its central difference is the source, smoothed along each axis by (1, 2, 1) / 4
    parts = [torch.gradient(velocity[axis], spacing=step, dim=axis)[0] for axis in range(3)]
    deep = (slice(5, 9), slice(5, 10), slice(5, 11))
    np.testing.assert_allclose(torch.stack(parts).sum(0)[deep], source[deep], atol=0.03)


def test_a_source_that_does_not_vanish_is_refused():
    with pytest.raises(ValueError, match="sum to zero"):
        poisson_velocity(np.ones((4, 4, 4)), np.ones((4, 4, 4), bool), 1.0)


def test_a_year_s_mean_growth_is_the_scenario_s(scenario, effects):
    maps = template_anatomy().on_lattice(LATTICE)
    for name, velocity in (("ventricles", effects.ventricles), ("cortex", effects.cortex)):
        mean = float((divergence(velocity) * maps[name]).sum() / maps[name].sum())
        assert mean == pytest.approx(getattr(scenario.ageing, name), rel=1e-4)


def test_ageing_is_the_sum_of_its_parts(effects):
    torch.testing.assert_close(effects.age, effects.ventricles + effects.cortex)


def test_sex_s_regions_change_the_way_they_were_planted(scenario, effects):
    growth = torch.from_numpy(divergence(effects.sex))[None]
    for region in scenario.sex.regions:
        at = LATTICE.sample(growth, torch.tensor([region.centre], dtype=torch.float32))
        assert np.sign(float(at)) == np.sign(region.log_jacobian), region.name


@pytest.mark.parametrize(("name", "middle"), [("front_brain", (0, 2, 6)), ("back_brain", (0, -38, 6))])
def test_ageing_acts_on_the_brain_s_own_tissue(scenario, request, name, middle):
    anatomy = request.getfixturevalue(name)
    effects, maps = effect_fields(scenario, anatomy), anatomy.on_lattice(LATTICE)
    for part, velocity in (("ventricles", effects.ventricles), ("cortex", effects.cortex)):
        mean = float((divergence(velocity) * maps[part]).sum() / maps[part].sum())
        assert mean == pytest.approx(getattr(scenario.ageing, part), rel=1e-4)
    growth = divergence(effects.ventricles)
    grown = LATTICE.points().numpy()[growth > 0.5 * growth.max()]
    assert np.linalg.norm(grown - np.array(middle), axis=-1).max() < 22
    # the motion is beside them, and not beside those of another brain
    speed = effects.ventricles.norm(dim=0).numpy()
    away = np.linalg.norm(LATTICE.points().numpy() - np.array(middle), axis=-1)
    assert away[speed > 0.5 * speed.max()].max() < 30
