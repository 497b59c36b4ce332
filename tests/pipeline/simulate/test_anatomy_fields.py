"""Effects act on the anatomy's own tissue: a brain that lies elsewhere has the same effects elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import Renderer
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, template_anatomy
from brainaging.pipeline.simulate.anatomy_fields import AnatomyFields

#: lattice points that the other brain lies in front of the template
POINTS = 2


@pytest.fixture(scope="module")
def moved():
    """The template 8 mm further to the front."""
    template = template_anatomy()
    x, y, z = template.lattice.origin
    shift = POINTS * LATTICE.step
    return replace(
        template,
        name="moved",
        lattice=Lattice((x, y + shift, z), template.lattice.shape, template.lattice.step),
        in_template=template.in_template - torch.tensor([0.0, shift, 0.0]),
    )


def test_a_brain_that_lies_elsewhere_has_the_same_effects_there(scenario, moved):
    here = AnatomyFields.of(template_anatomy(), scenario, 6.0)
    there = AnatomyFields.of(moved, scenario, 6.0)
    torch.testing.assert_close(there.tissues[:, :, POINTS:], here.tissues[:, :, :-POINTS], atol=1e-4, rtol=0)
    for name in ("ventricles", "cortex", "sex"):
        ours, theirs = getattr(there.effects, name), getattr(here.effects, name)
        scale = float(theirs.abs().max())
        torch.testing.assert_close(ours[:, :, POINTS:], theirs[:, :, :-POINTS], atol=0.01 * scale, rtol=0)
        assert float((ours - theirs).abs().max()) > 0.2 * scale


def test_signal_is_the_anatomy_s_own(scenario, moved):
    fields = AnatomyFields.of(replace(moved, white=2.0, contrast=0.3), scenario, 6.0)
    assert (fields.white, fields.contrast) == (2.0, 0.3)
    smooth = moved.smoothed(6.0)
    np.testing.assert_array_equal(fields.signal[0], smooth.map("t1"))
    np.testing.assert_array_equal(fields.signal[1], smooth.map("white") - smooth.map("grey"))
    assert fields.tissues.shape == (len(MAPS), *LATTICE.shape)


def test_a_person_is_rendered_from_the_anatomy_that_the_cause_names(scenario, causes, moved):
    still = replace(scenario, acquisition=replace(scenario.acquisition, pose_mm=0.0, pose_degrees=0.0, noise=0.0))
    anatomies = {"moved": moved, "template": template_anatomy()}
    renderer = Renderer(still, 3, 6.0, anatomies=anatomies)
    plain = Renderer(still, 3, 6.0)
    np.testing.assert_array_equal(renderer.render(causes[0]).image, plain.render(causes[0]).image)
    front = renderer.render(replace(causes[0], anatomy="moved"))
    rows = np.arange(front.image.shape[1])
    images = (front.image, plain.render(causes[0]).image)
    middles = [(image.sum((0, 2)) * rows).sum() / image.sum() for image in images]
    # in voxels of 6 mm; the head is scaled about the origin
    assert 1 < middles[0] - middles[1] < 2
    with pytest.raises(UserError, match="anatomy: expected one of moved, template, found 'hers'"):
        renderer.render(replace(causes[0], anatomy="hers"))


def test_a_person_with_nothing_planted_is_the_scan(scenario, causes, front_brain):
    scanner = replace(
        scenario.acquisition, pose_mm=0.0, pose_degrees=0.0, noise=0.0, bias_sd=0.0, white_intensity=1000.0
    )
    bare = replace(
        scenario,
        acquisition=scanner,
        warp=[replace(scale, sd_mm=0.0) for scale in scenario.warp],
        sex=replace(scenario.sex, scale=0.0),
    )
    ml = float(front_brain.on_lattice(LATTICE)["brain"].sum()) * LATTICE.step**3 / 1e3
    person = replace(
        causes[0],
        age=scenario.ageing.onset,
        ventricle_years=0.0,
        cortex_years=0.0,
        head_size=ml,
        contrast=1.0,
        gain=1.0,
        anatomy="front",
    )
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = LATTICE.origin
    rendered = Renderer(bare, 3, 4.0, LATTICE.shape, affine, {"front": front_brain}).render(person)
    maps = front_brain.on_lattice(LATTICE)
    inside = maps["brain"] > 0.1
    np.testing.assert_allclose(rendered.image[inside], 1000 * maps["t1"][inside], atol=2)
    assert rendered.volumes["ventricles"] == pytest.approx(4 / 3 * np.pi * 1.4**3, rel=0.03)
