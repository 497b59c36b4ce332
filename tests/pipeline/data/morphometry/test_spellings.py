"""The spellings of R, ENIGMA, SynthSeg and joins are read as FreeSurfer's own names, and nothing else is."""

import doctest
import re
from pathlib import Path

import pandas as pd
import pytest

from brainaging.pipeline.data.morphometry import parse_column, spellings
from brainaging.pipeline.data.morphometry.columns import is_freesurfers
from brainaging.pipeline.data.morphometry.spellings import FileSays, freesurfer_spelling


def make_names(name: str) -> str:
    """Return what R's make.names makes of a name."""
    plain = re.sub(r"[^A-Za-z0-9._]", ".", name)
    return f"X{plain}" if plain[0].isdigit() else plain


def clean_names(name: str) -> str:
    """Return what R's janitor::clean_names makes of a name, nearly."""
    snake = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"([a-z])([A-Z])", r"\1_\2", name)).lower()
    return f"x{snake}" if snake[0].isdigit() else snake


@pytest.fixture(scope="module")
def genuine(shared_data: Path) -> list[str]:
    """Return all names of genuine tables: aparc, aparc.a2009s, aseg, wmparc, and HCP's."""
    folder = shared_data / "aomic_piop2/derivatives/fs_stats"
    names = {name for path in folder.glob("*.tsv") for name in pd.read_csv(path, sep="\t", nrows=0).columns[1:]}
    return sorted(names) + (shared_data / "hcp_s1200_freesurfer_columns.txt").read_text().split()


@pytest.mark.parametrize("respell", [make_names, clean_names, str.upper, lambda name: re.sub("[-_]", " ", name)])
def test_every_genuine_name_comes_back_from_another_spelling(genuine, respell):
    assert len(genuine) > 1900
    for name in genuine:
        other = respell(name)
        if not is_freesurfers(other):
            assert freesurfer_spelling(other).name == name
        mine, theirs = parse_column(name), parse_column(other)
        assert (mine.structure, mine.hemisphere, mine.measure, mine.atlas) == (
            (theirs.structure, theirs.hemisphere, theirs.measure, theirs.atlas)
        )


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("L_bankssts_thickavg", "lh_bankssts_thickness"),
        ("R_insula_surfavg", "rh_insula_area"),
        ("l_insula_thickavg.1", "lh_insula_thickness"),
        ("LThickness", "lh_MeanThickness_thickness"),
        ("RSurfArea", "rh_WhiteSurfArea_area"),
        ("Rhippo", "Right-Hippocampus"),
        ("Lhippo", "Left-Hippocampus"),
        ("Laccumb", "Left-Accumbens-area"),
        ("RLatVent", "Right-Lateral-Ventricle"),
        ("ctx-lh-bankssts", "lh_bankssts_volume"),
        ("ctx_rh_G_and_S_frontomargin", "rh_G&S_frontomargin_volume"),
        ("ctx.lh.insula_thickness", "lh_insula_thickness"),
        ("left cerebral cortex", "Left-Cerebral-Cortex"),
        ("right inferior lateral ventricle", "Right-Inf-Lat-Vent"),
        ("left ventral DC", "Left-VentralDC"),
        ("left accumbens area", "Left-Accumbens-area"),
        ("brain-stem", "Brain-Stem"),
        ("csf", "CSF"),
        ("total intracranial", "TIV"),
        ("Hippocampus_L", "Left-Hippocampus"),
        ("hippocampus.right", "Right-Hippocampus"),
        ("Volume of Hippocampus (right hemisphere)", "Right-Hippocampus"),
        ("Mean thickness of bankssts (left hemisphere)", "lh_bankssts_thickness"),
        ("thickness_rh_insula", "rh_insula_thickness"),
        ("lh_insula_ThickAvg", "lh_insula_thickness"),
        ("lh_insula_ThickStd", "lh_insula_thicknessstd"),
        ("lh_insula_SurfArea", "lh_insula_area"),
        ("lh_insula_NumVert", "lh_insula_numvert"),
        ("lh_insula_thickness_x", "lh_insula_thickness"),
        ("eTIV.y", "eTIV"),
        ("lh_insula_thickness_T1", "lh_insula_thickness"),
        ("Left-Hippocampus_ses-2", "Left-Hippocampus"),
        ("Left.Hippocampus.bl", "Left-Hippocampus"),
        ("eTIV...37", "eTIV"),
        ("lh_insula_thickness_dkt", "lh_insula_thickness_DKT"),
        ("DKT_lh_insula_thickness", "lh_insula_thickness_DKT"),
        ("lh.aparc.DKTatlas.insula.thickness", "lh_insula_thickness_DKT"),
        ("dk68__L_bankssts_thickavg", "lh_bankssts_thickness"),
        ("aseg__Left-Hippocampus__volume_mm3", "Left-Hippocampus"),
        ("left_hippocampus_mean", "Left-Hippocampus_mean"),
        ("wm.lh.insula", "wm-lh-insula"),
        ("lh.V1_exvivo.area", "lh_V1_exvivo_area"),
        ("Left-Thalamus-Proper*", "Left-Thalamus-Proper"),
    ],
)
def test_spellings_that_tables_have(name, own):
    assert freesurfer_spelling(name).name == own
    assert parse_column(name).atlas == parse_column(own).atlas != ""


@pytest.mark.parametrize(
    "name",
    [
        "", "IQ", "age", "handedness_left", "R", "mean", "left", "snr_csf", "lh_bankssts", "bankssts_thickness",
        "Left-3rd-Ventricle", "lh_insula_mean", "wm_insula", "lh_rh_insula_thickness",
        "lh_insula_area_thickness", "smri_thick_cdk_banksstslh", "lh_cuneus_cuneus_thickness", "hand_L", "sex",
        "right amygdala activation", "l " * 500,
    ],
)  # fmt: skip
def test_what_is_left_over_is_not_guessed(name):
    assert freesurfer_spelling(name) is None


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("ICV_ml", "mL"),
        ("TIV (L)", "L"),
        ("eTIV [mm^3]", "mm³"),
        ("icv cm3", "mL"),
        ("ICV", ""),
        ("eTIV_cc", "mL"),
    ],
)
def test_units_that_names_state(name, unit):
    assert freesurfer_spelling(name).unit == unit
    assert parse_column(name).structure == "eTIV"


def test_a_file_completes_its_columns_names():
    file = FileSays("lh", "thickness")
    assert freesurfer_spelling("bankssts", file).name == "lh_bankssts_thickness"
    assert freesurfer_spelling("ctx-rh-bankssts", file).name == "rh_bankssts_thickness"
    assert freesurfer_spelling("insula", FileSays("rh", "area", "DKT")).name == "rh_insula_area_DKT"


def test_the_examples_of_the_docstrings_hold():
    done = doctest.testmod(spellings)
    assert done.attempted >= 3
    assert not done.failed
