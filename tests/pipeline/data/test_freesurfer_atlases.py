"""Atlases: names in one spelling, labels where the brain has them."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.data import freesurfer_atlases
from brainaging.pipeline.data.freesurfer_atlases import (
    ASEG,
    CORTICAL,
    DESIKAN_KILLIANY,
    DESTRIEUX,
    atlas,
    atlas_on_grid,
    spelling,
)
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS


@settings(deadline=None)
@given(st.text(max_size=20))
def test_spelling_twice_is_spelling_once(name):
    assert spelling(spelling(name)) == spelling(name)


def test_the_examples_of_the_docstrings_hold():
    done = doctest.testmod(freesurfer_atlases)
    assert done.attempted >= 2 and not done.failed


@pytest.mark.parametrize(("name", "cortex"), [(DESIKAN_KILLIANY, 34), (DESTRIEUX, 74)])
def test_each_cortical_region_has_both_sides_and_left_lies_left(name, cortex):
    volume = atlas(name)
    labelled = {label: region for label, region in volume.regions.items() if label in volume.cortical}
    present = set(np.unique(volume.labels)) & set(labelled)
    sides = {side: {labelled[label].structure for label in present if labelled[label].hemisphere == side}
             for side in ("left", "right")}  # fmt: skip
    assert len(sides["left"] - {"unknown"}) == cortex and sides["left"] == sides["right"]
    for label in sorted(present)[:: len(present) // 6]:
        x = (np.argwhere(volume.labels == label).mean(axis=0) @ volume.affine[:3, :3].T + volume.affine[:3, 3])[0]
        assert (x < 0) == (labelled[label].hemisphere == "left")


def test_aseg_on_a_grid_has_no_cortex_and_the_others_hold_it_too():
    _, subcortical = atlas_on_grid(ASEG, GRIDS["t1w_32"])
    cortical = atlas(ASEG).cortical
    assert not set(subcortical) & cortical
    for name in CORTICAL:
        assert set(subcortical) <= set(atlas_on_grid(name, GRIDS["t1w_32"])[1])


def test_labels_outside_the_list_are_zero_and_another_name_is_refused():
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, GRIDS["t1w_32"])
    assert labels.shape == GRIDS["t1w_32"].shape and set(np.unique(labels)) <= {0, *regions}
    with pytest.raises(UserError, match="atlas expected one of"):
        atlas("brodmann")
