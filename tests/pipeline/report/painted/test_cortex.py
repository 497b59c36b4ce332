"""Regions lie where anatomy says: left is left, the occipital lobe is at the back, nothing is missing."""

import os
from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.data.morphometry import parse_column
from brainaging.pipeline.data.morphometry.names import CORTEX
from brainaging.pipeline.report.painted.cortex import parcels
from brainaging.pipeline.report.painted.mesh import HEMISPHERES, mesh
from brainaging.pipeline.report.painted.paint import atlas_regions
from brainaging.pipeline.report.painted.paintable_atlases import (
    ASEG,
    DESIKAN_KILLIANY,
    DESTRIEUX,
    Region,
    atlas,
    spelling,
)
from brainaging.pipeline.report.painted.views import view
from brainaging.pipeline.runtime import UserError

SHARED = Path(os.environ.get("BRAINAGING_SHARED_DATA", Path(__file__).parents[5] / "shared" / "data"))
COUNTS = {DESIKAN_KILLIANY: 34, DESTRIEUX: 74}
# Where FreeSurfer's fsaverage has them: (low, high) of |x|, y and z in MNI305 mm around the centre of each.
PLACES = {
    DESIKAN_KILLIANY: {
        "superiorfrontal": ((5, 18), (10, 45), (25, 55)),
        "frontalpole": ((5, 20), (55, 72), (-25, 0)),
        "precentral": ((30, 50), (-15, 5), (30, 55)),
        "postcentral": ((35, 55), (-30, -12), (30, 58)),
        "lateraloccipital": ((22, 42), (-98, -78), (-12, 15)),
        "pericalcarine": ((5, 20), (-92, -70), (-3, 15)),
        "insula": ((30, 43), (-10, 12), (-12, 8)),
        "temporalpole": ((22, 40), (5, 20), (-45, -25)),
        "superiortemporal": ((45, 62), (-25, 0), (-18, 5)),
        "entorhinal": ((15, 30), (-15, 2), (-45, -22)),
        "precuneus": ((4, 18), (-72, -48), (25, 48)),
        "posteriorcingulate": ((2, 14), (-28, -8), (28, 45)),
    },
    DESTRIEUX: {
        "G_front_sup": ((5, 18), (10, 45), (25, 58)),
        "S_central": ((30, 48), (-28, -8), (30, 55)),
        "Pole_occipital": ((8, 25), (-105, -88), (-15, 12)),
        "S_calcarine": ((8, 25), (-85, -60), (-5, 18)),
        "G_and_S_cingul-Ant": ((2, 15), (25, 45), (-5, 22)),
        "G_insular_short": ((30, 45), (0, 22), (-15, 8)),
        "Pole_temporal": ((25, 45), (0, 18), (-45, -22)),
        "G_oc-temp_lat-fusifor": ((28, 45), (-60, -32), (-28, -8)),
    },
}
# aseg's structures that no slice shows: single voxels in the atlas' brain, or none of a place of their own.
UNSEEN = {
    "vessel", "unsegmentedwhitematter", "5th_ventricle", "csf", "wm_hypointensities", "non_wm_hypointensities"
}  # fmt: skip


def centre(name: str, region: Region) -> np.ndarray:
    there = parcels(name, region.hemisphere).mask(region)
    assert there.any(), region
    return mesh(region.hemisphere).pial[there].mean(axis=0)


@pytest.mark.parametrize(
    ("name", "structure"), [(name, structure) for name, places in PLACES.items() for structure in places]
)
@pytest.mark.parametrize(("hemisphere", "sign"), [("left", -1), ("right", 1)])
def test_regions_lie_where_freesurfer_has_them(name, structure, hemisphere, sign):
    x, y, z = centre(name, Region(spelling(structure), hemisphere))
    for found, (low, high) in zip((sign * x, y, z), PLACES[name][structure], strict=True):
        assert low <= found <= high, (structure, hemisphere, x, y, z)


@pytest.mark.parametrize("name", COUNTS)
def test_every_region_has_faces_on_both_hemispheres_and_a_mirror_image(name):
    left, right = (parcels(name, hemisphere) for hemisphere in HEMISPHERES)
    assert len(left.regions) == len(right.regions) == COUNTS[name]
    assert {region.structure for region in left.regions} == {region.structure for region in right.regions}
    for region in left.regions:
        other = Region(region.structure, "right")
        assert (left.labels == left.regions.index(region) + 1).sum() >= 5
        assert (right.labels == right.regions.index(other) + 1).sum() >= 5
        away = centre(name, region) * [-1, 1, 1] - centre(name, other)
        assert np.linalg.norm(away) < 20, (region, away)


def test_the_regions_are_those_of_the_atlas():
    names = {region.structure for region in parcels(DESIKAN_KILLIANY, "left").regions}
    assert names == set(CORTEX)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("hemisphere", HEMISPHERES)
def test_every_region_is_seen_from_one_side_at_least(name, hemisphere):
    found = parcels(name, hemisphere)
    seen = np.zeros(len(found.regions) + 1, dtype=int)
    for side in ("lateral", "medial"):
        seen += np.bincount(view(hemisphere, side).labels(found.labels).ravel(), minlength=len(seen))
    hidden = [region.structure for region, count in zip(found.regions, seen[1:], strict=True) if count < 12]
    assert hidden == []


@pytest.mark.parametrize("hemisphere", HEMISPHERES)
def test_the_medial_wall_is_one_piece_in_the_middle(hemisphere):
    wall = parcels(DESIKAN_KILLIANY, hemisphere).labels == 0
    # fsaverage5 has about 1,030 vertices without cortex on each side
    assert 600 < wall.sum() < 1200
    x, y, z = mesh(hemisphere).pial[wall].mean(axis=0)
    assert abs(x) < 15 and -25 < y < 15 and -20 < z < 20


def test_both_atlases_agree_on_where_the_cortex_ends():
    for hemisphere in HEMISPHERES:
        one, other = (parcels(name, hemisphere).labels == 0 for name in COUNTS)
        assert (one == other).mean() > 0.999


def test_sulci_and_gyri_of_destrieux_follow_the_folds_of_the_mesh():
    for hemisphere in HEMISPHERES:
        found, depth = parcels(DESTRIEUX, hemisphere), mesh(hemisphere).sulc
        kind = np.array(["", *(region.structure.split("_")[0] for region in found.regions)])[found.labels]
        assert depth[kind == "s"].mean() > 0.2 > -0.2 > depth[kind == "g"].mean()


def test_the_aseg_volume_has_its_left_on_the_left():
    found = atlas(ASEG)
    codes = {region: label for label, region in found.regions.items()}
    for structure in ("hippocampus", "thalamus", "cerebellum_cortex", "lateral_ventricle"):
        for hemisphere, sign in (("left", -1), ("right", 1)):
            voxels = np.argwhere(found.labels == codes[Region(structure, hemisphere)])
            place = voxels.mean(axis=0) @ found.affine[:3, :3].T + found.affine[:3, 3]
            assert sign * place[0] > 5


def test_one_spelling_for_all_sources():
    assert spelling("G&S_cingul-Ant") == spelling("G_and_S_cingul-Ant")
    assert spelling("G_Ins_lg&S_cent_ins") == spelling("G_Ins_lg_and_S_cent_ins")
    assert spelling("Thalamus-Proper") == spelling("Thalamus")
    assert spelling("Superiorfrontal") == "superiorfrontal"


def test_an_unknown_atlas_is_named():
    with pytest.raises(UserError, match="desikan-killiany, dkt, destrieux, aseg, found 'hcp-mmp'"):
        atlas("hcp-mmp")


def headers() -> dict[str, list[str]]:
    found = {}
    if (SHARED / "fcon1000.csv").is_file():
        found["fcon1000.csv"] = (SHARED / "fcon1000.csv").open().readline().strip().split(",")
    if (SHARED / "hcp_s1200_freesurfer_columns.txt").is_file():
        found["hcp"] = (SHARED / "hcp_s1200_freesurfer_columns.txt").read_text().split()
    for path in sorted(SHARED.glob("aomic_piop2/derivatives/fs_stats/*.tsv")):
        found[path.name] = path.open().readline().strip().split("\t")
    return found


def test_every_region_in_the_headers_of_genuine_tables_can_be_painted():
    sources = headers()
    if not sources:
        pytest.skip(f"{SHARED}: the open tables are not there")
    unknown = set()
    for columns in sources.values():
        for column in map(parse_column, columns):
            if column.atlas in (*COUNTS, ASEG):
                region = Region(spelling(column.structure), column.hemisphere)
                if region not in atlas_regions(column.atlas) and region.structure not in UNSEEN:
                    unknown.add((column.name, region))
    assert unknown == set()
