"""A cohort's files: written whole, read back alike, told from a user's own CSV."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.cohorts.store import (
    has_sidecar,
    read_cohort_files,
    restricted_file,
    restricted_pointer,
    write_cohort,
)
from brainaging.pipeline.data.cohorts.validate import PUBLIC_COLUMNS
from brainaging.pipeline.runtime import UserError

NOBODY = pd.DataFrame({"subject": [], "reason": []}, dtype=object)


@pytest.fixture
def table():
    cells = {name: ["a", "b"] for name in PUBLIC_COLUMNS} | {"age_years": [np.nan, 0.1 + 0.2]}
    return pd.DataFrame(cells)[list(PUBLIC_COLUMNS)]


def test_round_trip_with_every_digit(tmp_path, table):
    write_cohort(tmp_path / "c.csv", table, {"name": "c"}, NOBODY)
    frame, sidecar = read_cohort_files(tmp_path / "c.csv")
    pd.testing.assert_frame_equal(frame, table, check_dtype=False)
    assert sidecar["name"] == "c" and has_sidecar(tmp_path / "c.csv")
    assert not (tmp_path / "excluded.csv").exists()


def test_who_was_set_aside_before_does_not_stay_in_the_file(tmp_path, table):
    write_cohort(tmp_path / "c.csv", table, {}, pd.DataFrame({"subject": ["x"], "reason": ["bad"]}))
    assert "x,bad" in (tmp_path / "excluded.csv").read_text()
    write_cohort(tmp_path / "c.csv", table, {}, NOBODY)
    assert (tmp_path / "excluded.csv").read_text() == "subject,reason\n"


@pytest.mark.parametrize("name", ["people.csv", "people.json", "excluded.csv"])
def test_a_file_of_the_users_own_is_never_written_over(tmp_path, table, name):
    (tmp_path / name).write_text("subject,sex\na,F\n")
    with pytest.raises(UserError, match=f"{name}: expected no file, or .* found a file of your own"):
        write_cohort(tmp_path / "people.csv", table, {}, pd.DataFrame({"subject": ["x"], "reason": ["bad"]}))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "subject,sex\na,F\n"


def test_another_excluded_csv_is_left_alone_where_nobody_was_set_aside(tmp_path, table):
    (tmp_path / "excluded.csv").write_text("mine\n")
    write_cohort(tmp_path / "c.csv", table, {}, NOBODY)
    write_cohort(tmp_path / "c.csv", table, {}, NOBODY)
    assert (tmp_path / "excluded.csv").read_text() == "mine\n"


def test_a_csv_of_the_users_own_is_no_written_cohort(tmp_path, table):
    table.to_csv(tmp_path / "c.csv", index=False)
    (tmp_path / "c.json").write_text('{"format": "something else"}')
    assert not has_sidecar(tmp_path / "c.csv")
    with pytest.raises(CohortError, match="no written cohort"):
        read_cohort_files(tmp_path / "c.csv")
    with pytest.raises(CohortError, match="no such cohort"):
        read_cohort_files(tmp_path / "gone.csv")


def test_the_restricted_csv_is_the_same_file_wherever_it_moved(tmp_path):
    first, moved = tmp_path / "restricted.csv", tmp_path / "moved.csv"
    first.write_text("Subject,Age_in_Yrs\n1,30\n")
    sidecar = {"restricted": restricted_pointer(first)}
    assert restricted_file(sidecar, tmp_path / "c.csv", None) == first
    first.rename(moved)
    with pytest.raises(CohortError, match="give its place"):
        restricted_file(sidecar, tmp_path / "c.csv", None)
    assert restricted_file(sidecar, tmp_path / "c.csv", moved) == moved
    moved.write_text("Subject,Age_in_Yrs\n1,31\n")
    with pytest.raises(CohortError, match="has changed since"):
        restricted_file(sidecar, tmp_path / "c.csv", moved)
    assert restricted_file({"restricted": None}, tmp_path / "c.csv", None) is None
