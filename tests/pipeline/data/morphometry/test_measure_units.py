"""Units: recognised where only one fits, refused where none does, and nothing said of genuine tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.morphometry import read_morphometry
from brainaging.pipeline.data.morphometry.measure_units import in_millimetres
from brainaging.pipeline.data.morphometry.names import CORTEX

PATH = Path("t.csv")


@pytest.fixture
def frame() -> pd.DataFrame:
    """Thirty people's head, structures and parcels in mm, mm² and mm³."""
    rng = np.random.default_rng(0)
    size = rng.normal(1, 0.08, 30)
    return pd.DataFrame(
        {
            "eTIV": 1.5e6 * size,
            "Left-Hippocampus": 4000 * size * rng.normal(1, 0.03, 30),
            "BrainSegVol": 1.15e6 * size,
            "Left-vessel": rng.uniform(0, 90, 30),
            "Left-Lateral-Ventricle": rng.lognormal(9, 0.4, 30),
            "lh_insula_volume": 6500 * size,
            "lh_cuneus_area": 1500 * size,
            "lh_insula_thickness": rng.normal(3, 0.1, 30),
            "lh_insula_meancurv": rng.normal(0.1, 0.2, 30),
        }
    )


def test_what_is_in_millimetres_is_left_alone(frame):
    checked = in_millimetres(frame, PATH, {})
    pd.testing.assert_frame_equal(checked.frame, frame)
    assert not checked.notes and not checked.bad


@pytest.mark.parametrize(
    ("unit", "factor", "columns"),
    [
        ("mL", 1e-3, ["eTIV"]),
        ("L", 1e-6, ["eTIV"]),
        ("mL", 1e-3, ["eTIV", "Left-Hippocampus", "BrainSegVol", "Left-vessel", "lh_insula_volume"]),
    ],
)
def test_volumes_in_another_unit_are_recognised_and_said(frame, unit, factor, columns):
    other = frame.copy()
    other[columns] *= factor
    if len(columns) > 1:
        other["Left-Lateral-Ventricle"] *= factor
    checked = in_millimetres(other, PATH, {})
    pd.testing.assert_frame_equal(checked.frame, frame)
    assert any(f"read as {unit} and made mm³" in note for note in checked.notes)
    assert not checked.bad


@pytest.mark.parametrize(
    ("column", "factor", "unit"), [("lh_insula_thickness", 1e3, "µm"), ("lh_cuneus_area", 1e-2, "cm²")]
)
def test_thickness_and_area_in_another_unit(frame, column, factor, unit):
    checked = in_millimetres(frame.assign(**{column: frame[column] * factor}), PATH, {})
    pd.testing.assert_frame_equal(checked.frame, frame)
    assert any(f"{column}: numbers of a size that only {unit} can be" in note for note in checked.notes)


@pytest.mark.parametrize(
    ("column", "factor", "words"),
    [
        ("eTIV", 1e-5, r"column 'eTIV': expected a head of 700 to 2,500 mL, .* found a median of 1[45]\."),
        ("eTIV", 4, "found a median of 5,9"),
        ("lh_insula_thickness", 7, "column 'lh_insula_thickness': expected thickness in mm or µm or cm"),
    ],
)
def test_what_fits_no_unit_is_refused(frame, column, factor, words):
    with pytest.raises(CohortError, match=words):
        in_millimetres(frame.assign(**{column: frame[column] * factor}), PATH, {})


def test_a_unit_that_the_name_states_must_fit(frame):
    with pytest.raises(
        CohortError, match=r"column 'eTIV': its name says mL, and a median of 1,4.* can only be mm³"
    ):
        in_millimetres(frame, PATH, {"eTIV": "mL"})
    millilitres = frame.assign(eTIV=frame["eTIV"] / 1000)
    pd.testing.assert_frame_equal(in_millimetres(millilitres, PATH, {"eTIV": "mL"}).frame, frame)


def test_a_determinant_is_no_head_in_litres(frame):
    with pytest.raises(CohortError, match="determinant of the Talairach"):
        in_millimetres(frame.assign(eTIV=1.948106e6 / frame["eTIV"]), PATH, {})


def test_standardised_sizes_are_refused(frame):
    with pytest.raises(CohortError, match=r"8 columns hold sizes below zero .*not standardised"):
        in_millimetres((frame - frame.mean()) / frame.std(), PATH, {})


def test_one_person_in_another_unit_or_with_a_code_is_a_bad_cell(frame):
    broken = frame.copy()
    broken.loc[3, "eTIV"] /= 1000
    broken.loc[4, "eTIV"] = 0
    broken.loc[5, "Left-Hippocampus"] = -9
    broken.loc[6, "Left-Hippocampus"] = 4.1
    broken.loc[7, "lh_insula_thickness"] = 999
    broken.loc[8, "Left-vessel"] = -1
    expected = {
        (3, "eTIV", "a head of 400 to 3,500 mL"),
        (4, "eTIV", "a positive volume"),
        (5, "Left-Hippocampus", "about 4,000 mm³"),
        (6, "Left-Hippocampus", "about 4,000 mm³"),
        (7, "lh_insula_thickness", "0.3 to 7 mm"),
        (8, "Left-vessel", "nothing below zero"),
    }
    assert set(in_millimetres(broken, PATH, {}).bad) == expected


def test_a_size_of_nothing_is_missing_where_every_brain_has_the_structure(frame):
    failed = frame.copy()
    failed.loc[2, ["Left-Hippocampus", "lh_insula_thickness", "Left-vessel"]] = 0
    checked = in_millimetres(failed, PATH, {})
    assert checked.frame.loc[2].isna().sum() == 2
    assert checked.frame.loc[2, "Left-vessel"] == 0
    assert checked.notes == [
        "t.csv: 2 sizes of 0 read as missing, FreeSurfer found nothing there: Left-Hippocampus, "
        "lh_insula_thickness"
    ]


@pytest.mark.parametrize("whole", [1, 100])
def test_shares_of_the_head_are_no_volumes(frame, whole):
    shares = frame.assign(**{"Left-Hippocampus": frame["Left-Hippocampus"] / frame["eTIV"] * whole})
    with pytest.raises(
        CohortError, match=r"column 'Left-Hippocampus': expected about 4,000 mm³, found .* 0\.[02]"
    ):
        in_millimetres(shares, PATH, {})


def test_thickness_under_the_name_of_volumes_is_not_made_one(frame):
    names = [f"lh_{region}_volume" for region in sorted(CORTEX)]
    rng = np.random.default_rng(2)
    thick = pd.DataFrame({name: rng.normal(rng.uniform(1.8, 3.5), 0.1, 30) for name in names})
    checked = in_millimetres(thick, PATH, {})
    pd.testing.assert_frame_equal(checked.frame, thick)
    assert "34 columns hold no usual sizes" in checked.notes[0]


def test_genuine_tables_are_in_millimetres_without_a_word(shared_data: Path):
    for name in ("aomic_piop2", "fcon1000.csv"):
        notes = read_morphometry(shared_data / name).notes
        assert [note for note in notes if "sizes of 0" not in note] == []
