"""A table for a trained network: its columns in its order, what lacks is missing, too little is refused."""

import logging

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data.morphometry import rows_to_read
from brainaging.pipeline.runtime import UserError

COLUMNS = ["Left-Hippocampus", "Right-Hippocampus", "Left-Caudate"]


@pytest.fixture
def table(tmp_path):
    frame = pd.DataFrame(
        {
            "subject": ["sub-01_ses-2", "sub-02"],
            "Right-Hippocampus": [4100.0, 3900.0],
            "Left-Hippocampus": [4000.0, 4000.0],
            "Left-Putamen": [5000.0, 5100.0],
        }
    )
    frame.to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def test_the_networks_columns_are_taken_in_its_order_and_what_lacks_is_missing(table, caplog):
    with caplog.at_level(logging.WARNING):
        rows = rows_to_read(table, COLUMNS)
    np.testing.assert_array_equal(rows[0]["image"], np.array([4000, 4100, np.nan], dtype=np.float32))
    assert [(row["subject"], row["session"]) for row in rows] == [("sub-01", "ses-2"), ("sub-02", "")]
    assert "1 of 3 columns are missing" in caplog.text


@pytest.mark.parametrize(
    ("columns", "split", "message"),
    [
        (["lh_insula_thickness", *COLUMNS[2:]], None, "at least half of the 2 columns .*found 0 .*lh_insula_th"),
        (COLUMNS, "test", "expected a prepared table to take split 'test' of"),
    ],
)
def test_a_table_of_other_measures_or_parts_is_refused(table, columns, split, message):
    with pytest.raises(UserError, match=message):
        rows_to_read(table, columns, split)


def test_no_table_is_said(tmp_path):
    with pytest.raises(UserError, match="gone: not a prepared table, nor a table: no such file"):
        rows_to_read(tmp_path / "gone", COLUMNS)
