"""fsaverage5's meshes: two hemispheres, outward faces, one length."""

import numpy as np
import pytest

from brainaging.pipeline.report.painted.mesh import HEMISPHERES, mesh


@pytest.mark.parametrize("hemisphere", HEMISPHERES)
def test_faces_look_outward_and_the_drawn_surface_has_its_length(hemisphere):
    surface = mesh(hemisphere)
    assert surface.pial.shape == surface.white.shape == surface.shown.shape == (10242, 3)
    assert surface.faces.shape == (20480, 3) and surface.faces.max() == 10241
    corners = surface.pial[surface.faces]
    volume = np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    # mm³ inside the pial surface of a hemisphere
    assert 4e5 < volume < 9e5
    assert np.ptp(surface.shown[:, 1]) == pytest.approx(200)


def test_hemispheres_lie_on_their_sides():
    left, right = (mesh(hemisphere).pial[:, 0].mean() for hemisphere in HEMISPHERES)
    assert left < -15 and right > 15
