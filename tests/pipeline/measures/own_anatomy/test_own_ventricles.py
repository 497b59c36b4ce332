"""A person's own ventricles: laws, and growth by ageing."""

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.measures.own_anatomy import own_anatomy, ventricles
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.transforms import get_grid, t1w_chain_array


def test_ventricles_are_never_more_than_the_fluid_and_on_both_sides(phantom):
    made = phantom("t1w_48")
    anatomy = own_anatomy(made.volume, made.grid)
    assert (anatomy.ventricles <= anatomy.shares[0]).all()
    assert anatomy.ventricles.min() >= 0
    sides = (
        anatomy.ventricles[: made.grid.shape[0] // 2].sum(),
        anatomy.ventricles[made.grid.shape[0] // 2 :].sum(),
    )
    assert sides[0] == pytest.approx(sides[1], rel=0.3)
    assert 8 < anatomy.volumes()["ventricles"] < 30  # the template's own have 17 mL


def test_a_head_without_fluid_has_no_ventricles():
    shares = np.zeros((3, 48, 48, 48), np.float32)
    shares[1] = 1
    assert not ventricles(shares, "t1w_48").any()


def test_a_head_of_fluid_has_ventricles_in_their_territory_alone():
    shares = np.zeros((3, 48, 48, 48), np.float32)
    shares[0] = 1
    assert 0 < ventricles(shares, "t1w_48").mean() < 0.05


def test_shares_of_another_grid_are_refused():
    with pytest.raises(UserError, match="t1w_48, found \\(3, 32, 32, 32\\)"):
        ventricles(np.zeros((3, 32, 32, 32), np.float32), "t1w_48")


def test_ageing_grows_them_by_about_the_share_that_it_does():
    """A simulated person at 35 and at 75: measured growth by the true one, within a fifth of its logarithm."""
    scenario, grid = load_scenario("lifespan"), get_grid("t1w_48")
    renderer = Renderer(scenario, 3, 4.0)
    place = t1w_chain_array(grid, space="template")
    measured, true = [], []
    for cause in draw_causes(scenario, 3, 2):
        for age in (35.0, 75.0):
            rendered = renderer.render(cause, age=age)
            volume = np.asarray(place(nib.Nifti1Image(rendered.image, rendered.affine))[0])
            measured.append(own_anatomy(volume, grid).volumes()["ventricles"])
            true.append(rendered.volumes["ventricles"])
    found, wanted = (np.diff(np.log(values).reshape(2, 2), axis=1).mean() for values in (measured, true))
    assert wanted > 0.4
    assert found == pytest.approx(wanted, rel=0.2)
