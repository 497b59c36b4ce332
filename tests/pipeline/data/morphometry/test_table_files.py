"""Which files a source of measures is."""

import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.morphometry.table_files import table_files, written_by_freesurfer


def test_a_folder_without_tables_and_a_missing_file_are_said(tmp_path):
    with pytest.raises(CohortError, match="no such file or folder"):
        table_files(tmp_path / "gone.csv")
    with pytest.raises(CohortError, match="expected tables as aparcstats2table"):
        table_files(tmp_path)


def test_a_bids_dataset_is_searched_and_two_answers_are_none(tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / "derivatives" / name
        folder.mkdir(parents=True)
        (folder / "t.tsv").write_text("Measure:volume\tLeft-Amygdala\nsub-1\t4\nsub-2\t5\n")
        if name == "one":
            assert len(table_files(tmp_path)) == 1
    with pytest.raises(CohortError, match=r"derivatives/one and derivatives/two: name one"):
        table_files(tmp_path)


@pytest.mark.parametrize(
    ("cell", "measure"),
    [
        ("lh.aparc.a2009s.area", None),
        ("rh.aparc.thickness", None),
        ("Measure:volume", "volume"),
        ("Measure:mean", "mean"),
        ("Measure.volume", "volume"),
    ],
)
def test_what_freesurfers_programs_write_first(cell, measure):
    assert written_by_freesurfer(cell)["measure"] == measure


@pytest.mark.parametrize("cell", ["subject", "participant_id", "lh_insula_thickness", "Measure:", ""])
def test_what_they_do_not_write_first(cell):
    assert written_by_freesurfer(cell) is None


def test_tables_of_measures_before_a_list_of_people(tmp_path):
    (tmp_path / "participants.tsv").write_text("participant_id\tsex\nsub-1\tF\n")
    with pytest.raises(CohortError, match="found none"):
        table_files(tmp_path)
    (tmp_path / "participants.tsv").write_text("participant_id\tLeft-Amygdala\nsub-1\t4\n")
    assert [path.name for path in table_files(tmp_path)] == ["participants.tsv"]
    (tmp_path / "b.tsv").write_text("Measure:volume\tLeft-Amygdala\nsub-1\t4\n")
    (tmp_path / "a.txt").write_text("Measure:volume\tLeft-Putamen\nsub-1\t4\n")
    assert [path.name for path in table_files(tmp_path)] == ["a.txt", "b.tsv"]
    assert table_files(tmp_path / "b.tsv") == [tmp_path / "b.tsv"]


def test_exports_that_are_named_otherwise_are_found_where_freesurfer_wrote_none(tmp_path):
    (tmp_path / "LandRvolumes.csv").write_text("SubjID,Lhippo,Rhippo,ICV\na,4100,4200,1500000\n")
    (tmp_path / "CorticalMeasuresENIGMA_ThickAvg.csv").write_text(
        "SubjID,L_insula_thickavg,LThickness\na,3.1,2.5\n"
    )
    (tmp_path / "Covariates.csv").write_text("SubjID,Age,Sex,ICV\na,30,M,1500000\n")
    found = [path.name for path in table_files(tmp_path)]
    assert found == ["CorticalMeasuresENIGMA_ThickAvg.csv", "LandRvolumes.csv"]
    (tmp_path / "aseg.tsv").write_text("Measure:volume\tLeft-Putamen\na\t4\n")
    assert [path.name for path in table_files(tmp_path)] == ["aseg.tsv"]
