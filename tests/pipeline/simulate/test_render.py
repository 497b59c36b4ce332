"""The laws of a rendering: clean counterfactuals, head size as asked, ageing in one direction, no folds."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import Renderer
from brainaging.pipeline.simulate.anatomies import LATTICE
from brainaging.pipeline.simulate.render import hcp_box
from brainaging.pipeline.simulate.scenario import Proportions


def head_ml(rendered) -> float:
    """Half-maximum head volume: intensity is partial volume, so the edge voxels count by their share."""
    image = rendered.image
    level = np.median(image[image > 0.5 * np.percentile(image, 99)])
    return float(np.clip(image / level, 0, 1).sum() * abs(np.linalg.det(rendered.affine[:3, :3])) / 1e3)


def test_counterfactual_with_the_same_values_is_the_scan(renderer, causes):
    cause = causes[0]
    same = renderer.render(cause, age=cause.age, sex=cause.sex, head_size=cause.head_size)
    plain = renderer.render(cause)
    assert np.array_equal(same.image, plain.image)
    assert same.volumes == plain.volumes


def test_change_map_of_no_change_is_zero(renderer, causes):
    assert not renderer.change_map(causes[0], age=causes[0].age).any()


def test_change_map_is_the_difference_of_two_noisy_scans_but_for_the_noise(renderer, causes):
    noisy = renderer.render(causes[1], age=60.0).image - renderer.render(causes[1]).image
    clean = renderer.change_map(causes[1], age=60.0)
    inside = np.abs(clean) > 0
    assert np.corrcoef(noisy[inside], clean[inside])[0, 1] > 0.98


@pytest.mark.parametrize("index", [0, 1, 2])
def test_ageing_grows_ventricles_and_thins_cortex(renderer, causes, index):
    volumes = [renderer.render(causes[index], age=age).volumes for age in (22, 30, 40, 50)]
    assert np.all(np.diff([each["ventricles"] for each in volumes]) > 0)
    assert np.all(np.diff([each["cortex"] for each in volumes]) < 0)
    assert np.all(np.diff([each["grey"] for each in volumes]) < 0)


@pytest.mark.parametrize("asked", [1300.0, 1700.0])
def test_head_size_is_what_was_asked(renderer, causes, asked):
    cause = causes[2]
    rendered = renderer.render(cause, head_size=asked)
    assert rendered.volumes["brain"] == pytest.approx(asked, rel=1e-6)
    # what an image shows, at a spacing that resolves the edge, in the ratio that was asked
    fine = Renderer(renderer.scenario, renderer.seed, 3.0)
    measured = head_ml(fine.render(cause, head_size=asked, noise=False)) / head_ml(fine.render(cause, noise=False))
    assert measured == pytest.approx(asked / cause.head_size, rel=0.005)


def test_age_and_sex_leave_head_size_alone(renderer, causes):
    fine = Renderer(renderer.scenario, renderer.seed, 3.0)
    box = {}
    for name, values in {"as is": {}, "older": {"age": 36.0}, "M": {"sex": "M"}, "F": {"sex": "F"}}.items():
        rendered = fine.render(causes[3], noise=False, **values)
        box[name] = float((rendered.image > 0).sum())
    for name in ("older", "M", "F"):
        assert box[name] == pytest.approx(box["as is"], rel=0.01)


def test_jacobians_are_positive(renderer, causes):
    assert all(renderer.render(cause).smallest_jacobian > 0 for cause in causes[:6])


def test_sides_are_alike_to_a_few_percent(renderer, causes):
    for cause in causes[:6]:
        volumes = renderer.render(cause).volumes
        assert volumes["left_brain"] / volumes["right_brain"] == pytest.approx(1, abs=0.1)


def test_intensities_are_those_of_a_t1w_scan(renderer, causes):
    image = renderer.render(causes[0]).image / causes[0].gain
    assert image.min() == 0
    # white matter at 1000 leads grey at about 750
    assert 850 < np.percentile(image[image > 500], 95) < 1250


def test_the_box_at_hcp_s_spacing_is_hcp_s():
    shape, affine = hcp_box(0.7)
    assert shape == (260, 311, 260)
    np.testing.assert_allclose(affine[:3, 3], [90, -126, -72], atol=1e-6)
    np.testing.assert_allclose(np.diag(affine)[:3], [-0.7, 0.7, 0.7])


def test_any_lattice_can_be_asked(scenario, causes):
    affine = np.diag([6.0, 6.0, 6.0, 1.0])
    affine[:3, 3] = np.array([0, -18, 6]) - 6 * 15.5
    rendered = Renderer(scenario, 3, 6.0, (32, 32, 32), affine).render(causes[0])
    assert rendered.image.shape == (32, 32, 32)
    assert rendered.volumes["brain"] == pytest.approx(causes[0].head_size, rel=1e-6)


def test_an_unknown_sex_is_refused(renderer, causes):
    with pytest.raises(UserError, match="expected F or M, got 'male'"):
        renderer.render(causes[0], sex="male")


def test_proportions_change_a_head_s_form_and_not_its_size(renderer, causes):
    formed = Renderer(replace(renderer.scenario, proportions=Proportions(0.06)), renderer.seed, 3.0)
    plain = Renderer(renderer.scenario, renderer.seed, 3.0)
    extents = []
    for each in (plain, formed):
        rendered = each.render(causes[1], noise=False)
        extents.append([np.ptp(places) for places in np.nonzero(rendered.image)])
        assert rendered.volumes["brain"] == pytest.approx(causes[1].head_size, rel=1e-6)
    measured = head_ml(formed.render(causes[1], noise=False)) / head_ml(plain.render(causes[1], noise=False))
    assert measured == pytest.approx(1, rel=0.005)
    changes = np.log(np.array(extents[1]) / extents[0])
    assert np.ptp(changes) > 0.02
    assert abs(changes.sum()) < 0.05


def test_points_of_a_person_lie_in_the_anatomy_where_their_image_was_taken_from(renderer, causes):
    cause = causes[0].with_values(head_size=1.2 * causes[0].head_size)
    rendered = renderer.render(cause, noise=False)
    brain = torch.from_numpy(renderer.anatomies[cause.anatomy].on_lattice(LATTICE)["brain"])[None]

    def held(index):
        points = index @ rendered.affine[:3, :3].T + rendered.affine[:3, 3]
        inside = renderer.anatomy_points(cause, torch.from_numpy(points.astype(np.float32)))
        return LATTICE.sample(brain, inside)[0].numpy()

    assert (held(np.argwhere(rendered.image > 0)) > 0.02).mean() > 0.99
    assert (held(np.argwhere(rendered.image == 0)) < 0.2).mean() > 0.99
