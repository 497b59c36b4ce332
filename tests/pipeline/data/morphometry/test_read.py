"""Tables as users have them, whole and broken."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.morphometry import read_morphometry
from brainaging.pipeline.simulate import simulate


def table(n=6, seed=0):
    rng = np.random.default_rng(seed)
    names = ["FS_InterCranial_Vol", "FS_L_Hippo_Vol", "FS_R_Hippo_Vol", "FS_L_Insula_Thck"]
    frame = pd.DataFrame(rng.uniform(0.8, 1.3, size=(n, 4)) * [1.5e6, 4000, 4000, 3], columns=names)
    frame.insert(0, "Subject", [f"{100 + i}" for i in range(n)])
    return frame


def write(path: Path, frame: pd.DataFrame, **how) -> Path:
    frame.to_csv(path, index=False, **how)
    return path


def test_rows_and_columns_may_stand_in_any_order(tmp_path):
    one = read_morphometry(write(tmp_path / "a.csv", table()))
    mixed = table().sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2)
    other = read_morphometry(write(tmp_path / "b.csv", mixed))
    assert one.digest == other.digest
    pd.testing.assert_frame_equal(one.values, other.values.loc[one.values.index, one.values.columns])
    np.testing.assert_allclose(one.head_size(), table()["FS_InterCranial_Vol"] / 1000)


def test_semicolons_decimal_commas_and_a_byte_order_mark(tmp_path):
    plain = read_morphometry(write(tmp_path / "a.csv", table()))
    other = read_morphometry(write(tmp_path / "b.csv", table(), sep=";", decimal=",", encoding="utf-8-sig"))
    assert plain.digest == other.digest


def test_missing_values_stay_missing_in_every_spelling(tmp_path):
    frame = table().astype(object)
    for row, word in enumerate(["", "NA", "n/a", "NaN"]):
        frame.loc[row, "FS_L_Insula_Thck"] = word
    morphometry = read_morphometry(write(tmp_path / "a.csv", frame))
    assert morphometry.values["FS_L_Insula_Thck"].isna().tolist() == [True] * 4 + [False] * 2


def test_what_tells_nothing_is_left_out_and_said(tmp_path):
    frame = table().assign(
        FS_5thVent_Vol=0.0,
        FS_Mask_Vol=table()["FS_InterCranial_Vol"],
        FS_OpticChiasm_Vol="",
        Gender=list("MFMFMF"),
        IQ=range(6),
    )
    morphometry = read_morphometry(write(tmp_path / "a.csv", frame))
    assert list(morphometry.values.columns) == list(table().columns[1:])
    reasons = dict(morphometry.dropped.itertuples(index=False))
    assert reasons["FS_5thVent_Vol"] == "is 0 for everyone"
    assert reasons["FS_Mask_Vol"] == "is the same as FS_InterCranial_Vol"
    assert reasons["FS_OpticChiasm_Vol"] == "holds no number"


def test_a_column_that_is_no_measure_never_becomes_a_feature(tmp_path):
    frame = pd.DataFrame(
        {"sub_id": ["a", "b"], "Left-Hippocampus": [4000.0, 4100], "IQ": [90, 120], "note": ["x", "y"]}
    )
    morphometry = read_morphometry(write(tmp_path / "a.csv", frame))
    assert list(morphometry.values.columns) == ["Left-Hippocampus"]
    assert dict(morphometry.dropped.itertuples(index=False))["IQ"] == "not a FreeSurfer measure"


def test_every_bad_cell_and_row_is_said_at_once(tmp_path):
    frame = table().astype(object)
    frame.loc[1, "FS_L_Hippo_Vol"] = "big"
    frame.loc[2, "FS_R_Hippo_Vol"] = "inf"
    frame.loc[4, "Subject"] = "103"
    frame.loc[5, "Subject"] = "../../etc"
    path = write(tmp_path / "a.csv", frame)
    with pytest.raises(CohortError) as error:
        read_morphometry(path)
    text = str(error.value)
    assert "line 3: subject '101': column 'FS_L_Hippo_Vol': expected a number, found 'big'" in text
    assert "line 4: subject '102': column 'FS_R_Hippo_Vol': expected a number, found infinity" in text
    assert "line 6: subject '103': stands in a.csv line 5 too" in text
    assert "../../etc" in text
    assert len(error.value.problems) == 4
    morphometry = read_morphometry(path, skip_bad=True)
    assert list(morphometry.values.index) == ["100"]
    assert len(morphometry.excluded) == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty file"),
        ("Subject,FS_L_Hippo_Vol\n", "a header but no rows"),
        ("who,FS_L_Hippo_Vol\na,1\n", "no column for the subject"),
        ("Subject,IQ,height\na,1,2\n", "no column is named as FreeSurfer's measures are .* found .*IQ, height"),
        ("Subject,FS_L_Hippo_Vol,FS_L_Hippo_Vol\na,1,2\n", "column 'FS_L_Hippo_Vol' stands 2 times"),
        ("Subject,FS_L_Hippo_Vol\na,one\nb,two\n", "no column holds numbers"),
        ("Subject,FS_L_Hippo_Vol\na,\nb,n/a\n", "no row holds a measure"),
        ("Subject,FS_L_Hippo_Vol\na,1,3\n", "3 cells, the header has 2"),
        ("Subject,FS_L_Hippo_Vol\na,one\nb,n/a\nc,\n", "no column holds numbers"),
        ("Subject,FS_L_Hippo_Vol\na,one\nb,two\nc,3\n", "2 problems"),
        ("Subject,FS_L_Hippo_Vol\na,1_000\nb,2\n", "expected a number, found '1_000'"),
        ("Subject,FS_L_Hippo_Vol\na,1\nsub-a,2\n", "stands in t.csv line 2 too"),
        ("Subject,FS_L_Hippo_Vol\na,4000\nb,4000\n", "expected measures that differ between people, found none"),
        ("Subject,FS_InterCranial_Vol\na,0\nb,2\n", "expected a positive volume, found '0'"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_line(tmp_path, content, words):
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(CohortError, match=words):
        read_morphometry(path)


def test_a_folder_of_freesurfers_tables_is_joined_by_subject(tmp_path):
    ids = [f"sub-{i}" for i in range(4)]
    pd.DataFrame(
        {
            "lh.aparc.thickness": ids,
            "lh_insula_thickness": [3.0, 3.1, 2.9, 3.2],
            "eTIV": [1.9e6, 1.8e6, 1.7e6, 1.6e6],
        }
    ).to_csv(tmp_path / "lh.tsv", sep="\t", index=False)
    pd.DataFrame(
        {
            "Measure:volume": ids[::-1],
            "Left-Amygdala": [1400.0, 1300, 1200, 1100],
            "eTIV": [1.6e6, 1.7e6, 1.8e6, 1.9e6],
        }
    ).to_csv(tmp_path / "aseg.tsv", sep="\t", index=False)
    pd.DataFrame({"Measure:mean": ids[:3], "Left-Amygdala": [50.0, 60, 55]}).to_csv(
        tmp_path / "mean.txt", sep="\t", index=False
    )
    (tmp_path / "README.txt").write_text("not a table\n")
    morphometry = read_morphometry(tmp_path)
    assert set(morphometry.values.columns) == {
        "Left-Amygdala",
        "eTIV",
        "lh_insula_thickness",
        "Left-Amygdala_mean",
    }
    assert morphometry.values.loc["sub-0", "Left-Amygdala"] == 1100
    assert np.isnan(morphometry.values.loc["sub-3", "Left-Amygdala_mean"])
    assert any("1 subjects stand in some tables only" in note for note in morphometry.notes)


def test_genuine_freesurfer_tables_need_no_hand_work(shared_data: Path):
    morphometry = read_morphometry(shared_data / "aomic_piop2/derivatives/fs_stats")
    assert len(morphometry) == 226
    assert morphometry.head_size_column in ("eTIV", "EstimatedTotalIntraCranialVol")
    assert 900 < np.nanmin(morphometry.head_size()) < np.nanmax(morphometry.head_size()) < 2300
    assert set(morphometry.columns["atlas"]) == {"desikan-killiany", "destrieux", "aseg", "wmparc", "global"}


def test_fcon1000_has_its_214_features_but_for_those_that_tell_nothing(shared_data: Path):
    morphometry = read_morphometry(shared_data / "fcon1000.csv")
    assert len(morphometry) == 1078
    empty = morphometry.dropped[morphometry.dropped["reason"] == "is 0 for everyone"]
    assert (
        morphometry.values.shape[1]
        + len(empty)
        + (morphometry.dropped["reason"].str.startswith("is the same")).sum()
        == 217
    )


def test_what_the_simulator_writes_is_read(tmp_path):
    morphometry = read_morphometry(simulate(tmp_path / "s", subjects=6, spacing=8))
    assert len(morphometry) == 6
    assert morphometry.head_size_column == "FS_InterCranial_Vol"
    assert set(morphometry.columns["atlas"]) == {"desikan-killiany", "aseg", "global"}


def test_ids_in_a_folder_may_be_spelled_otherwise_and_no_more(tmp_path):
    def two(other: list[str]):
        pd.DataFrame(
            {"lh.aparc.area": ["sub-1", "sub-2", "sub-3"], "lh_insula_area": [2900.0, 2800, 2700]}
        ).to_csv(tmp_path / "a.tsv", sep="\t", index=False)
        pd.DataFrame({"rh.aparc.area": other, "rh_insula_area": [2500.0, 2600, 2400]}).to_csv(
            tmp_path / "b.tsv", sep="\t", index=False
        )
        return read_morphometry(tmp_path)

    morphometry = two(["1", "2", "3"])
    assert list(morphometry.values.index) == ["sub-1", "sub-2", "sub-3"]
    assert not morphometry.values.isna().any().any()
    assert morphometry.notes == ("b.tsv: 3 subjects are spelled otherwise (first: sub-1 is 1 there)",)
    assert len(two(["1", "2", "sub_3"])) == 3 and len(two(["1", "2", "x3"])) == 4
    with pytest.raises(CohortError, match=r"b\.tsv has no subject in common"):
        two(["s1", "S2", "x1"])


def test_a_measure_that_several_tables_repeat_is_kept_once_and_completed(tmp_path):
    for side, ids, sizes in (("l", ["1", "2"], [1.9e6, 1.8e6]), ("r", ["2", "3"], [1.8e6, 1.7e6])):
        frame = pd.DataFrame({f"{side}h.aparc.area": ids, f"{side}h_insula_area": [2100, 2200], "eTIV": sizes})
        frame.to_csv(tmp_path / f"{side}h.tsv", sep="\t", index=False)
    morphometry = read_morphometry(tmp_path)
    assert morphometry.values["eTIV"].tolist() == [1.9e6, 1.8e6, 1.7e6]
    assert dict(morphometry.dropped.itertuples(index=False))["eTIV"] == "stands alike in 1 more table: kept once"


def test_columns_of_trained_weights_stay_even_where_they_tell_nothing(tmp_path):
    path = write(tmp_path / "a.csv", table().assign(FS_5thVent_Vol=0.0, FS_Mask_Vol=0.0))
    assert "FS_5thVent_Vol" not in read_morphometry(path).values
    assert "FS_5thVent_Vol" in read_morphometry(path, keep=["FS_5thVent_Vol"]).values
    assert "FS_Mask_Vol" not in read_morphometry(path, keep=["FS_5thVent_Vol"]).values


CELL = st.one_of(
    st.sampled_from(["", "NA", "1.5", "-2", "1e9", "inf", "-1e999", "x", "0", "TRUE", "1,5", "=1+1", "NaN", "."]),
    st.text(st.characters(exclude_characters="\r\n\t\0", exclude_categories=("Cs",)), max_size=6),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5), st.booleans())
def test_whatever_the_cells_hold_it_is_numbers_or_a_message(tmp_path_factory, rows, skip_bad):
    path = tmp_path_factory.mktemp("cells") / "t.tsv"
    frame = pd.DataFrame(rows, columns=["Subject", "FS_InterCranial_Vol", "FS_L_Hippo_Vol"])
    frame.to_csv(path, sep="\t", index=False)
    try:
        morphometry = read_morphometry(path, skip_bad=skip_bad)
    except CohortError as error:
        assert str(path.name) in str(error)
        return
    values = morphometry.values.to_numpy()
    assert values.dtype == float
    assert not np.isinf(values).any()
    assert morphometry.values.index.is_unique


def test_people_without_any_measure_are_left_out_and_counted(tmp_path):
    frame = table().astype(object)
    frame.iloc[2, 1:] = ""
    morphometry = read_morphometry(write(tmp_path / "a.csv", frame))
    assert len(morphometry) == 5
    assert morphometry.notes == ("a.csv: 1 of 6 people have no measure: left out",)


def test_genuine_tables_are_found_in_their_dataset(shared_data: Path):
    morphometry = read_morphometry(shared_data / "aomic_piop2")
    assert morphometry.values.shape == (226, 1111)
    reasons = dict(morphometry.dropped.itertuples(index=False))
    assert reasons["BrainSegVolNotVent"] == "stands alike in 16 more tables: kept once"
    facts = morphometry.columns.drop(columns="unit")
    assert not facts.duplicated().any()
    assert not facts["structure"].str.contains("&").any()
