"""What of an atlas makes up a structure, and spans of ages."""

from itertools import pairwise

import pytest

from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas
from brainaging.pipeline.measures.population.structures import (
    AGE_SPANS,
    BRAIN,
    CORTEX,
    GREY,
    STRUCTURES,
    WHITE,
    AgeSpan,
    structure_of,
)


def test_every_region_of_the_atlas_belongs_to_known_structures_and_tissue_to_the_brain():
    for region in set(atlas(DESIKAN_KILLIANY).regions.values()):
        names = structure_of(region)
        assert set(names) <= set(STRUCTURES)
        assert not {GREY, WHITE} <= set(names), region
        assert (BRAIN in names) or not names or names == ("lateral ventricles",), region


def test_every_structure_has_a_region():
    found = {name for region in atlas(DESIKAN_KILLIANY).regions.values() for name in structure_of(region)}
    assert found == set(STRUCTURES)


def test_fluid_is_no_tissue_and_cortex_is_grey():
    assert structure_of(Region("lateral_ventricle", "left")) == ("lateral ventricles",)
    for fluid in ("3rd_ventricle", "csf", "vessel", "choroid_plexus"):
        assert structure_of(Region(fluid, "")) == ()
    assert structure_of(Region("precuneus", "right")) == (CORTEX, GREY, BRAIN)


@pytest.mark.parametrize(("ages", "left"), [((22, 37), (22, 37)), ((0, 90), (20, 40)), ((50, 60), (40, 40))])
def test_a_span_is_cut_to_ages(ages, left):
    assert AgeSpan(20, 40).within(*ages) == left
    assert AgeSpan(20, 40).within(*ages).years >= 0


def test_spans_follow_each_other():
    assert all(first.high == second.low for first, second in pairwise(AGE_SPANS))
