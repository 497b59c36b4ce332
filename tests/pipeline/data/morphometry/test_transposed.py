"""Tables that lie on their side are turned."""

from pathlib import Path

import pandas as pd

from brainaging.pipeline.data.cohorts.tables import TextTable
from brainaging.pipeline.data.morphometry import read_morphometry
from brainaging.pipeline.data.morphometry.transposed import upright


def test_a_table_with_a_column_a_subject_is_turned():
    frame = pd.DataFrame({"lh.aparc.area": ["lh_insula_area", "lh_cuneus_area"], "a": ["1", "2"], "b": ["3", "4"]})
    notes: list[str] = []
    turned = upright(TextTable(Path("t.tsv"), frame, comma_decimal=False), notes)
    assert turned.frame.to_dict("list") == {
        "lh.aparc.area": ["a", "b"],
        "lh_insula_area": ["1", "3"],
        "lh_cuneus_area": ["2", "4"],
    }
    assert turned.where(int(turned.frame.index[0])) == "t.tsv column 2"
    assert notes == ["t.tsv: a column a subject, 2 rows of measures: turned"]


def test_a_table_that_stands_upright_is_left_alone():
    frame = pd.DataFrame({"subject": ["a", "b"], "lh_insula_area": ["1", "2"]})
    table = TextTable(Path("t.tsv"), frame, comma_decimal=False)
    assert upright(table, []) is table


def test_freesurfers_transposed_tables_give_the_same(shared_data: Path, tmp_path):
    name = "data-subcortical_type-aseg_measure-volume_hemi-both.tsv"
    path = shared_data / "aomic_piop2/derivatives/fs_stats" / name
    frame = pd.read_csv(path, sep="\t", dtype=str)
    frame.set_index(frame.columns[0]).T.rename_axis(frame.columns[0]).to_csv(tmp_path / name, sep="\t")
    assert read_morphometry(tmp_path / name).digest == read_morphometry(path).digest
    frame.set_index(frame.columns[0]).T.rename_axis("region").to_csv(tmp_path / "t.csv")
    assert read_morphometry(tmp_path / "t.csv").digest == read_morphometry(path).digest
