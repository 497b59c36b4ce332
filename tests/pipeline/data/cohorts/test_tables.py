import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.cohorts.tables import read_table

CELL = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6).filter(
    lambda t: not set(t) & set(',;\t|"')
)


@settings(deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=5), mark=st.sampled_from(",;\t|")
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_same_cells_whatever_the_delimiter_and_encoding(tmp_path_factory, rows, mark, encoding):
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    path.write_text("\n".join(mark.join(row) for row in [["id", "path", "sex"], *rows]), encoding=encoding)
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == rows
    assert list(table.frame.columns) == ["id", "path", "sex"]
    assert table.comma_decimal == (mark == ";")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_write(tmp_path, end, encoding):
    path = tmp_path / "t.csv"
    lines = ["id;age;", "a;25,5;", "", 'b;"30";']
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == [["a", "25,5", ""], ["b", "30", ""]] and table.comma_decimal
    assert [table.where(line) for line in table.frame.index] == ["t.csv line 2", "t.csv line 4"]


def test_excels_line_on_the_separator(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("sep=;\nid;note, long\na;1\n", encoding="utf-8-sig")
    table = read_table(path)
    assert list(table.frame.columns) == ["id", "note, long"] and table.frame.to_numpy().tolist() == [["a", "1"]]
    assert table.where(int(table.frame.index[0])) == "t.csv line 3"


def test_lines_are_the_files_own(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,"two\nlines"\n\n3,4\n')
    assert read_table(path).frame.index.tolist() == [3, 5]


def test_every_ragged_row_is_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1\n1,2\n1,2,3\n")
    with pytest.raises(CohortError) as caught:
        read_table(path)
    assert caught.value.problems == [
        "t.csv line 2: 1 cells, the header has 2",
        "t.csv line 4: 3 cells, the header has 2",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"a,b\n", "no rows"), (b"a,b\n\xe9\xff,1\n", "UTF-8"), (b"a,b\n1,\x00\n", None)],
)
def test_files_that_are_no_tables(tmp_path, content, says):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    if says is None:  # a NUL is a cell to newer csv modules, and an error to older ones
        try:
            assert read_table(path).frame.shape == (1, 2)
        except CohortError as error:
            assert len(str(error).splitlines()) == 1
        return
    with pytest.raises(CohortError, match=says) as caught:
        read_table(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_column_is_named_with_what_there_is(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("who;when\n1;2\n")
    with pytest.raises(CohortError, match=r"no column for the image: expected path or file, found who, when"):
        read_table(path).required("image", ["path", "file"])


def test_two_columns_for_one_thing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Sex,sex\nF,M\n")
    with pytest.raises(CohortError, match="keep one"):
        read_table(path).column("sex", ["sex"])


def test_blanks_between_cells_as_freesurfer_may_write_them(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("Measure:volume Left-Amygdala eTIV\nsub-1 1400.5 1500000\nsub-2 1300 1400000\n")
    table = read_table(path)
    assert list(table.frame.columns) == ["Measure:volume", "Left-Amygdala", "eTIV"]
    assert table.frame.iloc[1].tolist() == ["sub-2", "1300", "1400000"]
    path.write_text("subject id\nsub-1\n")
    assert list(read_table(path).frame.columns) == ["subject id"]
