"""People with elastic physics: what was prescribed is what their brains and their images have."""

import dataclasses

import numpy as np
import pytest

from brainaging.networks.diffeomorphism import FoldedWarpError
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.pipeline.simulate.anatomies import TEMPLATE
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES
from brainaging.pipeline.simulate.elastic.prescription import Atrophy
from brainaging.pipeline.simulate.elastic_people import prescribed, prescribed_map


@pytest.fixture(scope="module")
def lifespan():
    return load_scenario("lifespan-elastic")


@pytest.fixture(scope="module")
def elastic(lifespan):
    return Renderer(lifespan, seed=3, spacing=6.0)


@pytest.fixture(scope="module")
def person(lifespan):
    return draw_causes(lifespan, seed=3, count=20)[0].with_values(age=55.0)


@pytest.fixture(scope="module")
def older(person):
    return person.with_values(age=65.0)


def test_ten_years_change_each_structure_as_prescribed(elastic, person, older):
    anatomy = elastic.anatomies[TEMPLATE]
    before, after = (elastic.elastic.deformed(cause, anatomy) for cause in (person, older))
    asked = elastic.elastic.growth(older) - elastic.elastic.growth(person)
    sizes = elastic.elastic.brain(anatomy).members.sum(1) * 0.064
    large = (sizes >= 1) & (asked != 0)
    assert large.sum() >= 15
    achieved = after.growth - before.growth
    errors = np.abs(np.expm1(achieved) / np.expm1(asked) - 1)[large]
    assert errors.max() < 0.03, dict(zip(np.array(NAMES)[large], errors.round(3), strict=True))
    assert min(before.smallest_jacobian, after.smallest_jacobian) > 0


def test_tissue_shrinks_fluid_takes_its_room_and_the_skull_stands(elastic, person, older):
    volumes = [elastic.render(cause, noise=False).volumes for cause in (person, older)]
    for name in ("grey", "white", "cortex", "cerebellum"):
        assert volumes[1][name] < volumes[0][name], name
    assert volumes[1]["ventricles"] > volumes[0]["ventricles"]
    assert volumes[1]["brain"] == pytest.approx(volumes[0]["brain"], rel=1e-6)
    whole, _ = zip(*(elastic.point_volumes(cause) for cause in (person, older)), strict=True)
    assert whole[1].sum() == pytest.approx(whole[0].sum(), rel=1e-3)


def test_the_image_s_tissue_loses_what_is_prescribed(elastic, lifespan, person, older):
    """Volumes of maps in the image, whose partly filled voxels no label holds, against the lobes' mean."""
    volumes = [elastic.render(cause, noise=False).volumes["cortex"] for cause in (person, older)]
    lobes = [number for number, name in enumerate(NAMES) if name.endswith("cortex") and "cerebellar" not in name]
    asked = elastic.elastic.growth(older) - elastic.elastic.growth(person)
    assert np.log(volumes[1] / volumes[0]) == pytest.approx(asked[lobes].mean(), rel=0.35)


def test_a_head_s_size_changes_nothing_else(elastic, person):
    anatomy = elastic.anatomies[TEMPLATE]
    larger = person.with_values(head_size=1.1 * person.head_size)
    both = [elastic.elastic.deformed(cause, anatomy).displacement for cause in (larger, person)]
    assert (both[0] == both[1]).all()


def test_the_sexes_differ_by_the_log_ratios(elastic, lifespan, person):
    young = dataclasses.replace(person.with_values(age=20.0), cortex_years=0.0, ventricle_years=0.0)
    male, female = (elastic.elastic.growth(young.with_values(sex=sex)) for sex in "MF")
    ratios = lifespan.sex.log_ratios
    np.testing.assert_allclose(male - female, [ratios.get(name, 0.0) for name in NAMES], atol=1e-12)


def test_a_person_has_rates_of_their_own_in_each_structure(elastic, lifespan, person):
    asked = elastic.elastic.growth(dataclasses.replace(person, cortex_years=0.0, born=None))
    mean, _ = prescribed(lifespan, 55.0)
    moving = mean != 0
    assert np.std(asked[moving] / mean[moving]) > 0


def test_the_map_of_what_is_prescribed_has_each_structure_s_value(elastic, lifespan):
    anatomy = elastic.anatomies[TEMPLATE]
    year, _ = prescribed(lifespan, 50.0)
    values = prescribed_map(year, anatomy)
    assert (values[np.isin(anatomy.structures, (17, 53))] == year[NAMES.index("hippocampus")]).all()
    assert not values[anatomy.structures == 0].any()


def test_more_than_the_tissue_can_give_is_a_folded_warp(lifespan, person):
    ageing = lifespan.ageing
    assert isinstance(ageing, Atrophy)
    ten = {
        name: dataclasses.replace(part, clock=dataclasses.replace(part.clock, per_year=0.1))
        for name, part in ageing.structures.items()
        if name == "ventricles"
    }
    wild = dataclasses.replace(lifespan, ageing=dataclasses.replace(ageing, structures=ten))
    with pytest.raises(FoldedWarpError, match="reduce its amplitudes"):
        Renderer(wild, seed=3, spacing=6.0).render(person.with_values(age=89.0))
