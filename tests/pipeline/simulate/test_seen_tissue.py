"""What is seen beside deformation: fluid in opened sulci, lesions that keep their place, curves of scanners."""

import dataclasses

import numpy as np
import pytest
import torch

from brainaging.pipeline.simulate import draw_causes, load_scenario
from brainaging.pipeline.simulate.anatomies import LATTICE, template_anatomy
from brainaging.pipeline.simulate.anatomy_fields import AnatomyFields
from brainaging.pipeline.simulate.seen_tissue import through_scanner, with_fluid, with_lesions


@pytest.fixture(scope="module")
def whole():
    return load_scenario("lifespan-elastic")


@pytest.fixture(scope="module")
def fields(whole):
    return AnatomyFields.of(template_anatomy(), whole, 6.0)


@pytest.fixture(scope="module")
def cause(whole):
    return draw_causes(whole, seed=3, count=4)[0].with_values(age=80.0)


@pytest.fixture(scope="module")
def places(fields):
    points = LATTICE.points().reshape(-1, 3)
    return points[fields.lattice.sample(fields.white_matter, points)[0] > 0.5]


def signal(fields, places):
    return fields.lattice.sample(fields.signal, places).numpy()


def test_tissue_that_is_all_left_is_as_it_was_and_none_is_fluid(fields, places):
    before = signal(fields, places)
    np.testing.assert_allclose(with_fluid(before, fields, np.ones(len(places), np.float32)), before, rtol=1e-6)
    none = with_fluid(before, fields, np.zeros(len(places), np.float32))
    np.testing.assert_allclose(none[0], np.minimum(before[0], fields.fluid), rtol=1e-6)
    assert not none[1].any()


def test_lesions_darken_in_place_and_more_with_age(whole, fields, cause, places):
    before = signal(fields, places)
    lost = [
        before[0] - with_lesions(before, fields, cause.with_values(age=age), whole, 3, places)[0]
        for age in (40.0, 60.0, 80.0)
    ]
    assert not lost[0].any()
    assert (lost[2] >= lost[1]).all()
    assert 0 < lost[1].sum() < lost[2].sum()
    other_sex = with_lesions(before, fields, cause.with_values(sex="F", head_size=1000.0), whole, 3, places)
    np.testing.assert_array_equal(other_sex, with_lesions(before, fields, cause, whole, 3, places))


def test_without_either_the_signal_is_untouched(whole, fields, cause, places):
    plain = dataclasses.replace(whole, lesions=None, scanner_curves=None)
    before = signal(fields, places)
    assert with_lesions(before, fields, cause, plain, 3, places) is before
    values = before[0]
    assert through_scanner(values, fields, cause, plain, 3) is values


def test_a_site_shows_everybody_s_tissue_alike_and_keeps_the_order(whole, fields, cause):
    values = np.linspace(0, 1.5, 50, dtype=np.float32)
    shown = through_scanner(values, fields, cause, whole, 3)
    assert (np.diff(shown) > 0).all()
    other = through_scanner(values, fields, dataclasses.replace(cause, site=cause.site + 1), whole, 3)
    assert np.abs(other - shown).max() > 1e-3
    assert torch.from_numpy(shown).dtype == torch.float32
