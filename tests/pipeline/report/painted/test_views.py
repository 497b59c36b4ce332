"""The cortex seen from the side: every pixel of the brain has a face, and light."""

import numpy as np
import pytest

from brainaging.pipeline.report.painted.mesh import mesh
from brainaging.pipeline.report.painted.views import HEIGHT, WIDTH, view, views


@pytest.mark.parametrize(("hemisphere", "side"), views())
def test_pixels_inside_have_a_face_with_weights_and_a_shade(hemisphere, side):
    seen = view(hemisphere, side)
    assert seen.inside.shape == (HEIGHT, WIDTH)
    assert 0.3 < seen.inside.mean() < 0.9
    np.testing.assert_allclose(seen.weights[seen.inside].sum(axis=-1), 1, atol=1e-5)
    assert (seen.shade[seen.inside] > 0).all() and (seen.shade <= 1).all()


def test_the_front_is_left_on_the_left_hemisphere_from_outside_and_the_top_is_up():
    surface, seen = mesh("left"), view("left", "lateral")
    y, z = (np.argsort(np.argsort(surface.shown[:, axis])) for axis in (1, 2))
    rows, columns = np.nonzero(seen.inside)
    assert np.corrcoef(columns, seen.labels(y)[seen.inside])[0, 1] < -0.9
    assert np.corrcoef(rows, seen.labels(z)[seen.inside])[0, 1] < -0.9


def test_labels_are_zero_outside():
    seen = view("right", "medial")
    labels = seen.labels(np.ones(len(mesh("right").pial), dtype=int))
    assert np.array_equal(labels > 0, seen.inside)
