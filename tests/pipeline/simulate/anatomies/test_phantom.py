"""The average brain: shares of a voxel, tissue where it belongs, volume kept when it is coarse."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, template_anatomy


@pytest.fixture(scope="module")
def phantom():
    return template_anatomy().smoothed(3.0)


def test_maps_are_shares_that_add_up(phantom):
    shares = {name: phantom.map(name) for name in MAPS}
    assert all(values.min() >= 0 and values.max() <= 1 + 1e-5 for values in shares.values())
    assert (shares["grey"] + shares["white"] <= shares["brain"] + 0.02).mean() > 0.999
    assert (shares["cortex"] + shares["cerebellum"] <= shares["grey"] + 1e-5).all()


def test_both_sides_are_alike(phantom):
    x = phantom.lattice.axes()[0]
    for name in ("brain", "grey", "white", "ventricles"):
        values = phantom.map(name)
        assert values[x < 0].sum() / values[x > 0].sum() == pytest.approx(1, abs=0.05), name


def test_a_coarse_phantom_keeps_every_volume():
    def ml(spacing: float) -> np.ndarray:
        coarse = template_anatomy().smoothed(spacing)
        return np.array([float(coarse.map(name).sum()) for name in MAPS]) * coarse.lattice.step**3 / 1e3

    np.testing.assert_allclose(ml(6.0), ml(3.0), rtol=0.01)


def test_ventricles_are_deep_and_the_cerebellum_is_low():
    maps, z = template_anatomy().on_lattice(LATTICE), LATTICE.axes()[2]
    height = {name: float((maps[name].sum((0, 1)) * z).sum() / maps[name].sum()) for name in MAPS}
    assert height["cerebellum"] < -20 < 0 < height["ventricles"]
    assert 8 < maps["ventricles"].sum() * LATTICE.step**3 / 1e3 < 30
