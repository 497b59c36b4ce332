"""An anatomy's maps keep their volumes at any spacing, and lie where its lattice says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, Anatomy


@pytest.fixture(scope="module")
def ball() -> Anatomy:
    """A ball of white matter of 30 mm in grey matter of 40 mm, around (0, -20, 0) mm."""
    lattice = Lattice((-50.0, -70.0, -50.0), (101, 101, 101), 1.0)
    radius = np.linalg.norm(lattice.points().numpy() - [0.0, -20.0, 0.0], axis=-1)
    white, brain = (radius < 30).astype(np.float32), (radius < 40).astype(np.float32)
    grey, none = brain - white, np.zeros_like(brain)
    maps = dict(zip(MAPS, (white + 0.7 * grey, grey, white, brain, none, grey, none), strict=True))
    stacked = np.stack([maps[name] for name in MAPS])
    labels = np.zeros(LATTICE.shape, np.int32)
    return Anatomy("ball", stacked, lattice, labels, LATTICE.points(), 1.0, 0.15)


@pytest.mark.parametrize("spacing", [1.0, 3.0, 4.0, 6.0])
def test_every_spacing_keeps_every_volume(ball, spacing):
    smooth = ball.smoothed(spacing)
    for name, whole in zip(MAPS, ball.maps, strict=True):
        ml = float(smooth.map(name).sum()) * smooth.lattice.step**3
        assert ml == pytest.approx(float(whole.sum()), rel=0.01), name


def test_maps_lie_where_the_lattice_says(ball):
    maps = ball.on_lattice(LATTICE)
    points = LATTICE.points().numpy()
    middle = (maps["brain"][..., None] * points).sum((0, 1, 2)) / maps["brain"].sum()
    np.testing.assert_allclose(middle, [0, -20, 0], atol=0.1)
    assert maps["brain"].sum() * LATTICE.step**3 == pytest.approx(ball.maps[MAPS.index("brain")].sum(), rel=0.02)


def test_two_anatomies_of_equal_shape_are_not_taken_for_each_other(ball):
    other = replace(ball, maps=0.5 * ball.maps)
    torch.testing.assert_close(other.smoothed(4.0).maps, 0.5 * ball.smoothed(4.0).maps)
