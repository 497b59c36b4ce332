"""Every name that real tables use says what it measures."""

import doctest
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.data.morphometry import columns, describe, parse_column


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FS_L_Superiorfrontal_Thck", ("superiorfrontal", "left", "thickness", "desikan-killiany")),
        ("lh_superiorfrontal_thickness", ("superiorfrontal", "left", "thickness", "desikan-killiany")),
        ("FS_R_Insula_GrayVol", ("insula", "right", "volume", "desikan-killiany")),
        ("rh_insula_volume", ("insula", "right", "volume", "desikan-killiany")),
        ("lh_G&S_cingul-Ant_area", ("G_and_S_cingul-Ant", "left", "area", "destrieux")),
        ("rh_Lat_Fis-post_meancurv", ("Lat_Fis-post", "right", "meancurv", "destrieux")),
        ("lh_S_intrapariet&P_trans_thickness", ("S_intrapariet_and_P_trans", "left", "thickness", "destrieux")),
        ("rh_G_Ins_lg&S_cent_ins_volume", ("G_Ins_lg_and_S_cent_ins", "right", "volume", "destrieux")),
        ("lh_7Networks_LH_Vis_1_thickness", ("7Networks_LH_Vis_1", "left", "thickness", "")),
        ("FS_R_Hippo_Vol", ("Hippocampus", "right", "volume", "aseg")),
        ("Right-Hippocampus", ("Hippocampus", "right", "volume", "aseg")),
        ("Left-Thalamus-Proper", ("Thalamus", "left", "volume", "aseg")),
        ("FS_L_ThalamusProper_Mean", ("Thalamus", "left", "intensity_mean", "aseg")),
        ("Left-Amygdala_mean", ("Amygdala", "left", "intensity_mean", "aseg")),
        ("3rd-Ventricle", ("3rd-Ventricle", "", "volume", "aseg")),
        ("FS_CC_MidAnterior_Vol", ("CC_Mid_Anterior", "", "volume", "aseg")),
        ("wm-rh-insula", ("insula", "right", "volume", "wmparc")),
        ("FS_InterCranial_Vol", ("eTIV", "", "volume", "global")),
        ("EstimatedTotalIntraCranialVol", ("eTIV", "", "volume", "global")),
        ("lh_MeanThickness_thickness", ("Mean", "left", "thickness", "global")),
        ("BrainSegVol-to-eTIV", ("BrainSeg", "", "ratio", "global")),
        ("IQ", ("IQ", "", "other", "")),
        ("FS_Nothing", ("FS_Nothing", "", "other", "")),
    ],
)
def test_one_spelling_for_all_sources(name, expected):
    column = parse_column(name)
    assert (column.structure, column.hemisphere, column.measure, column.atlas) == expected


def test_all_of_hcps_names_are_known_and_told_apart(shared_data: Path):
    names = (shared_data / "hcp_s1200_freesurfer_columns.txt").read_text().split()
    assert len(names) == 928
    facts = [parse_column(name) for name in names]
    assert all(fact.atlas and fact.measure != "other" for fact in facts)
    counts = Counter((fact.structure, fact.hemisphere, fact.measure, fact.atlas) for fact in facts)
    assert max(counts.values()) == 1


def test_all_genuine_freesurfer_headers_are_known(shared_data: Path):
    folder = shared_data / "aomic_piop2/derivatives/fs_stats"
    names = {name for path in folder.glob("*.tsv") for name in pd.read_csv(path, sep="\t", nrows=0).columns[1:]}
    assert len(names) > 900
    assert [name for name in names if not parse_column(name).atlas] == []
    cortex = describe(sorted(names)).query("measure == 'thickness' and hemisphere == 'left'")
    counts = cortex.groupby("atlas").size().to_dict()
    assert counts["desikan-killiany"] == 34
    assert counts["destrieux"] == 74


@given(st.text(max_size=30))
def test_every_name_gives_an_answer(name):
    column = parse_column(name)
    assert column.name == name
    assert column.measure
    assert column.hemisphere in ("left", "right", "")


def test_hcp_and_freesurfer_spell_a_structure_alike(shared_data: Path):
    hcp = describe((shared_data / "hcp_s1200_freesurfer_columns.txt").read_text().split())
    folder = shared_data / "aomic_piop2/derivatives/fs_stats"
    paths = [path for path in folder.glob("*.tsv") if "wmparc" not in path.name]
    theirs = describe([name for path in paths for name in pd.read_csv(path, sep="\t", nrows=0).columns[1:]])
    for atlas in ("desikan-killiany", "aseg"):
        pair = [
            set(zip(f["structure"], f["hemisphere"], strict=True))
            for f in (facts[facts["atlas"] == atlas] for facts in (hcp, theirs))
        ]
        # HCP's table has no hypointensities of one side, and no right cerebellar cortex
        odd = {(structure, side) for structure, side in pair[0] ^ pair[1] if "ypointens" not in structure}
        assert odd <= {("Cerebellum-Cortex", "right")}


def test_what_a_file_repeats_under_two_names_is_the_only_thing_two_columns_share(shared_data: Path):
    names = list(pd.read_csv(shared_data / "fcon1000.csv", nrows=0).columns)
    facts = describe([name for name in names if parse_column(name).measure != "other"]).drop(columns="unit")
    assert set(facts[facts.duplicated(keep=False)].index) == {"eTIV", "EstimatedTotalIntraCranialVol"}


def test_the_examples_of_the_docstrings_hold():
    done = doctest.testmod(columns)
    assert done.attempted >= 2
    assert not done.failed
