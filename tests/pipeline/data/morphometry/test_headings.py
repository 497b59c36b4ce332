"""What a file's columns are, and when a table is not understood."""

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.morphometry import headings, read_morphometry
from brainaging.pipeline.data.morphometry.headings import check_understood, file_says, read_headings
from brainaging.pipeline.data.morphometry.names import CORTEX
from brainaging.pipeline.data.morphometry.spellings import FileSays


@pytest.mark.parametrize(
    ("path", "first", "says"),
    [
        ("t.tsv", "lh.aparc.thickness", FileSays("lh", "thickness")),
        ("t.tsv", "rh.aparc.a2009s.area", FileSays("rh", "area")),
        ("t.tsv", "lh.aparc.DKTatlas.thickness", FileSays("lh", "thickness", "DKT")),
        ("t.tsv", "lh.aparc.pial.area", FileSays("lh", "area", "pial")),
        ("t.tsv", "lh.BA_exvivo.thresh.volume", FileSays("lh", "volume", "BA_exvivo.thresh")),
        ("t.tsv", "Measure:volume", FileSays()),
        ("lh_dkt_thickness.csv", "subject", FileSays("lh", "thickness", "DKT")),
        ("CorticalMeasuresENIGMA_ThickAvg.csv", "SubjID", FileSays("", "thickness")),
        ("everything.csv", "subject", FileSays()),
    ],
)
def test_what_a_file_says_of_all_its_columns(path, first, says):
    assert file_says(Path(path), first) == says


def test_parcel_ids_alone_are_completed_by_the_first_cell():
    names = ["lh.aparc.thickness", "bankssts", "insula", "eTIV"]
    found = read_headings(Path("t.tsv"), names, {names[0]}, None)
    assert list(found.measures.values()) == ["lh_bankssts_thickness", "lh_insula_thickness", "eTIV"]


def test_intensities_of_the_cortex_are_no_volumes():
    names = ["Measure:mean", "ctx-lh-insula", "Left-Amygdala"]
    assert read_headings(Path("t.tsv"), names, {names[0]}, None).measures == {2: "Left-Amygdala_mean"}


def test_the_pial_surface_and_other_areas_are_no_desikan_killiany():
    names = ["lh.aparc.pial.area", "lh_insula_area"]
    assert read_headings(Path("t.tsv"), names, {names[0]}, None).measures == {1: "lh_insula_area_pial"}


@pytest.mark.parametrize("column", ["lh_insula_thickness", "rh_insula_area"])
def test_a_first_cell_that_contradicts_the_columns_is_refused(column):
    with pytest.raises(CohortError, match=r"the first cell says rh\.aparc\.thickness, and column"):
        read_headings(Path("t.tsv"), ["rh.aparc.thickness", column], {"rh.aparc.thickness"}, None)


def _table(tmp_path: Path, names: list[str], **others: object) -> Path:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(2.5, 0.1, 12).round(4) for name in names})
    frame = pd.DataFrame({"subject": [f"s{i}" for i in range(12)]}).join(frame).assign(**others)
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


@pytest.mark.parametrize("form", ["smri_thick_cdk_{}lh", "{}_left_mm_mean", "V{}", "f.267{}.2.0"])
def test_one_of_seventy_is_not_enough(tmp_path, form):
    parcels = [f"{region}{i}" for i in range(23) for region in ("insula", "cuneus", "lingual")]
    path = _table(tmp_path, ["lh_insula_thickness", *(form.format(name) for name in parcels)])
    with pytest.raises(CohortError, match=r"t\.csv: 1 of 70 columns are understood, and not .*L_insula_thickavg"):
        read_morphometry(path)


def test_a_users_own_covariates_refuse_nothing(tmp_path):
    rng = np.random.default_rng(1)
    own = {f"item_{i}": rng.integers(0, 5, 12) for i in range(40)}
    own |= {"age": rng.uniform(20, 60, 12), "sex": ["F", "M"] * 6, "site": "a", "BMI": rng.normal(24, 2, 12)}
    own |= {"IQ": rng.integers(80, 130, 12), "FD_mean": rng.uniform(0, 1, 12), "snr_csf": rng.uniform(1, 3, 12)}
    morphometry = read_morphometry(_table(tmp_path, ["lh_insula_thickness", "rh_insula_thickness"], **own))
    assert list(morphometry.values.columns) == ["lh_insula_thickness", "rh_insula_thickness"]
    assert dict(morphometry.dropped.itertuples(index=False))["BMI"] == "not a FreeSurfer measure"


def test_some_that_are_not_understood_are_named(tmp_path):
    names = [f"{side}_{region}_thickness" for side in ("lh", "rh") for region in ("insula", "cuneus", "lingual")]
    morphometry = read_morphometry(_table(tmp_path, [*names, "left_operculum", "thickness of somewhere"]))
    assert morphometry.values.shape == (12, 6)
    reasons = dict(morphometry.dropped.itertuples(index=False))
    assert reasons["left_operculum"] == "looks like a measure, and its spelling is none that is read"
    assert any(
        "2 columns with the look of measures" in note and "left_operculum" in note for note in morphometry.notes
    )


def test_of_a_table_by_freesurfer_every_column_should_be_understood():
    names = ["Measure:volume", "Left-Hippocampus", "A1", "A2"]
    with pytest.raises(CohortError, match="1 of 3 columns are understood, and not A1, A2"):
        check_understood(Path("t.tsv"), names, 1, [("A1", False), ("A2", False)], written=True)
    assert check_understood(Path("t.tsv"), names, 1, [("A1", False)], written=False) == []


@pytest.mark.parametrize("form", ["lh_{}", "ctx-lh-{}", "{}.left"])
def test_parcels_without_a_measure_are_thickness_where_their_size_says_so(tmp_path, form):
    names = [form.format(region) for region in sorted(CORTEX)]
    morphometry = read_morphometry(_table(tmp_path, names))
    assert list(morphometry.values.columns) == [f"lh_{region}_thickness" for region in sorted(CORTEX)]
    assert any("34 columns of parcels name no measure" in note for note in morphometry.notes)


def test_parcels_without_a_measure_of_other_sizes_are_volumes_of_a_segmentation_or_nothing(tmp_path):
    rng = np.random.default_rng(3)
    sizes = {f"ctx-rh-{region}": rng.normal(rng.uniform(800, 20000), 20, 12) for region in sorted(CORTEX)}
    morphometry = read_morphometry(_table(tmp_path, [], **sizes))
    assert set(morphometry.columns["measure"]) == {"volume"}
    with pytest.raises(CohortError, match="no column is named as FreeSurfer's measures are"):
        read_morphometry(_table(tmp_path, [], **{name.removeprefix("ctx-"): of for name, of in sizes.items()}))


def test_the_examples_of_the_docstrings_hold():
    done = doctest.testmod(headings)
    assert done.attempted >= 2
    assert not done.failed
