"""Structures of the score: each region of the atlas belongs to one at most, sides are kept."""

import numpy as np

from brainaging.pipeline.counterfactual.score.structures.structure_labels import (
    NAMES,
    OF_VENTRICLES,
    STRUCTURES,
    structure_by_label,
    structure_name,
    structure_of,
)
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas


def test_every_structure_has_regions_and_sides_are_kept():
    regions = atlas(DESIKAN_KILLIANY).regions
    labels = structure_by_label()
    assert set(np.unique(labels)) == set(range(len(STRUCTURES) + 1))
    for label, region in regions.items():
        if labels[label]:
            assert STRUCTURES[labels[label] - 1].hemisphere == region.hemisphere
    assert structure_of(Region("unknown", "left")) == 0


def test_horns_and_plexus_are_of_the_lateral_ventricle_and_names_can_be_read():
    lateral = structure_of(Region("lateral_ventricle", "left"))
    assert {structure_of(Region(name, "left")) for name in ("inf_lat_vent", "choroid_plexus")} == {lateral}
    assert structure_name(STRUCTURES[lateral - 1]) == NAMES[lateral - 1] == "left lateral ventricle"
    assert [name for name, ventricle in zip(NAMES, OF_VENTRICLES, strict=True) if ventricle] == [
        *("left lateral ventricle", "right lateral ventricle", "3rd ventricle"),
    ]
