"""Slices through the structures below the cortex."""

import numpy as np

from brainaging.pipeline.report.painted.paintable_atlases import Region, spelling
from brainaging.pipeline.report.painted.subcortex import (
    CUTS,
    aseg_regions,
    cut,
    region_code,
    visible_regions,
)


def test_slices_show_a_millimetre_alike():
    sizes = {(plane.across[1] - plane.across[0], plane.up[1] - plane.up[0]) for plane in CUTS}
    assert len(sizes) == 1


def test_every_visible_region_has_its_code_on_a_slice():
    labels = np.concatenate([cut(index).labels.ravel() for index in range(len(CUTS))])
    assert all((labels == region_code(region)).any() for region in visible_regions())
    assert visible_regions() <= set(aseg_regions())
    assert Region(spelling("Putamen"), "left") in visible_regions()


def test_the_left_is_on_the_left():
    (number,) = [index for index, plane in enumerate(CUTS) if plane.name == "axial, z = 6"]
    labels = cut(number).labels
    columns = [np.nonzero(labels == region_code(Region("thalamus", side)))[1].mean() for side in ("left", "right")]
    assert columns[0] < labels.shape[1] / 2 < columns[1]
