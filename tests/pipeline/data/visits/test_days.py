"""The days of sessions from BIDS's tables, whatever they are called, and what is no day is named."""

from datetime import date

import pandas as pd
import pytest

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.cohorts import PUBLIC_COLUMNS, Problems
from brainaging.pipeline.data.visits import session_days


def cohort(root, *subjects):
    rows = [
        dict.fromkeys(PUBLIC_COLUMNS, "")
        | {"subject": subject, "session": "ses-1", "age_years": 60.0}
        | {"image": str(root / subject / "ses-1" / "anat" / f"{subject}_ses-1_T1w.nii.gz")}
        for subject in subjects
    ]
    return Cohort(pd.DataFrame(rows, columns=list(PUBLIC_COLUMNS)).astype({"age_years": float}))


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("column", ["acq_time", "acquisition_date", "date"])
def test_a_table_a_person(tmp_path, column):
    text = f"session_id\tage\t{column}\nses-1\t60\t2010-01-04T00:00:00\nses-02\t62\tn/a\n"
    written(tmp_path / "sub-a" / "sub-a_sessions.tsv", text)
    assert session_days(cohort(tmp_path, "sub-a"), Problems()) == {("sub-a", "1"): date(2010, 1, 4)}


def test_one_table_for_all(tmp_path):
    text = "participant_id\tsession_id\tacq_time\nsub-a\tses-1\t2010-01-04\nb\tses-1\t2011-01-04\n"
    written(tmp_path / "sessions.tsv", text)
    found = session_days(cohort(tmp_path, "sub-a", "sub-b"), Problems())
    assert found == {("sub-a", "1"): date(2010, 1, 4), ("sub-b", "1"): date(2011, 1, 4)}


def test_what_is_no_day_is_one_line(tmp_path):
    written(tmp_path / "sub-a" / "sub-a_sessions.tsv", "session_id\tacq_time\nses-1\tlast spring\n")
    problems = Problems()
    assert session_days(cohort(tmp_path, "sub-a"), problems) == {}
    (line,) = [str(problem) for problem in problems]
    assert "sub-a_sessions.tsv line 2: subject 'sub-a': column acq_time: expected a day as 2012-05-03" in line


def test_no_tables_no_days(tmp_path):
    assert session_days(cohort(tmp_path, "sub-a"), Problems()) == {}
