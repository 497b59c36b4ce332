"""One held-out scan, drawn beside what methods make of it."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from brainaging.pipeline.report.chapters.reconstructions import check_volumes
from brainaging.pipeline.report.opening.one_reconstruction import draw_brains


@pytest.mark.parametrize(("methods", "columns"), [((), 1), (("autoencoder",), 3), (("autoencoder", "pca"), 5)])
def test_every_method_and_its_error_has_a_column(methods, columns):
    scans = np.random.default_rng(0).uniform(size=(3, 6, 7, 8)).astype(np.float32)
    arrays = {"original": scans, "mask": np.ones(scans.shape[1:]), **dict.fromkeys(methods, 0.9 * scans)}
    canvas = Figure(figsize=(5, 4))
    draw_brains(canvas.subfigures(1, 1), check_volumes(arrays))
    drawn = [axes for axes in canvas.get_axes() if axes.images]
    assert len(drawn) == 3 * columns
    assert next(axes.get_title() for axes in drawn if axes.get_title()) == "Original"
