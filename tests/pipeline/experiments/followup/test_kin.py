"""Kin of people who are followed stay on one side of a split."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import Cohort, read_cohort
from brainaging.pipeline.data.cohorts import PUBLIC_COLUMNS, Problems
from brainaging.pipeline.data.visits import Timeline, TimelineVisit, session_days, timelines
from brainaging.pipeline.experiments.followup.follow_up_study import FollowUpStudy
from brainaging.pipeline.experiments.followup.kin import kin_of
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid


@pytest.fixture(scope="module")
def families(tmp_path_factory):
    """Return (cohort, its people, their families) of people with siblings and twins, at two sessions."""
    folder = simulate(tmp_path_factory.mktemp("kin") / "people", "lifespan", 12, seed=4, spacing=8.0, sessions=2)
    cohort, problems = read_cohort(folder), Problems()
    people = timelines(cohort, session_days(cohort, problems), problems)
    truth = pd.read_csv(folder / "truth" / "causes.csv", dtype=str).set_index("subject")
    return cohort, people, [truth.loc[person.subject.removeprefix("sub-"), "family"] for person in people]


def test_no_family_of_simulated_people_is_parted(families, tmp_path):
    cohort, people, family = families
    assert len(set(family)) < len(people)
    study = FollowUpStudy(cohort, people, get_grid("t1w_32"), tmp_path)
    for seed in range(5):
        study.seed = seed
        train, test = (set(np.array(family)[rows]) for rows in study._split())
        assert train
        assert test
        assert not train & test


@pytest.mark.parametrize(("column", "expected"), [("family", ["1", "2", "2"]), ("anatomy", ["x", "x", "y"])])
def test_people_of_one_family_or_one_scan_are_kin(tmp_path, column, expected):
    (tmp_path / "truth").mkdir()
    truth = {"subject": ["7", "8", "9"], "family": ["1", "2", "2"]} | {column: expected}
    pd.DataFrame(truth).to_csv(tmp_path / "truth" / "causes.csv", index=False)
    rows = [
        dict.fromkeys(PUBLIC_COLUMNS, "")
        | {"subject": name, "session": "ses-1", "age_years": 60.0}
        | {"image": str(tmp_path / name / "ses-1" / "anat" / "x.nii.gz")}
        for name in ("sub-7", "sub-8", "sub-9")
    ]
    table = pd.DataFrame(rows, columns=list(PUBLIC_COLUMNS)).astype({"age_years": float})
    cohort = Cohort(table, simulated=True)
    people = [Timeline(row["subject"], (TimelineVisit(at, "ses-1", 60.0),), ()) for at, row in enumerate(rows)]
    assert kin_of(cohort, people).tolist() == expected
    (tmp_path / "truth" / "causes.csv").unlink()
    assert len(set(kin_of(cohort, people))) == 3
