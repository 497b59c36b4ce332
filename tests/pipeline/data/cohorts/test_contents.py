"""Rows of a source are gone through by subject; an id that is none is a problem and no row."""

from brainaging.pipeline.data.cohorts.contents import SourceContents
from brainaging.pipeline.data.cohorts.tables import read_table


def test_rows_have_their_place_and_cells_and_bad_ids_are_problems(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,age\n01,30\n../etc,31\n02,32\n")
    contents = SourceContents()
    rows = [(name, where, row["age"]) for name, where, row in contents.subjects(read_table(path), "id")]
    assert rows == [("01", "people.csv line 2", "30"), ("02", "people.csv line 4", "32")]
    assert [(problem.subject, problem.where) for problem in contents.problems] == [("../etc", "people.csv line 3")]
