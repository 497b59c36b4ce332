"""BIDS: sessions, runs and participants.tsv."""

from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.data import detect, read_cohort


@pytest.fixture
def bids(tmp_path, scan):
    root = tmp_path / "bids"
    scan(root / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_run-1_T1w.nii.gz", 1)
    scan(root / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_run-2_T1w.nii.gz", 2)
    scan(root / "sub-01" / "ses-2" / "anat" / "sub-01_ses-2_T1w.nii", 3)
    scan(root / "sub-02" / "anat" / "sub-02_T1w.nii.gz", 4)
    scan(root / "sub-02" / "anat" / "sub-02_T2w.nii.gz", 5)
    (root / "participants.tsv").write_text(
        "participant_id\tage\tsex\tsite\nsub-01\t33\tM\tA\n02\tn/a\tfemale\tB\n"
    )
    return root


def test_bids_sessions_and_runs_are_one_subject(bids):
    cohort = read_cohort(bids)
    assert detect(bids) == "bids" and set(cohort.table["space"]) == {"native"}
    assert cohort.table["session"].tolist() == ["ses-1_run-1", "ses-1_run-2", "ses-2", ""]
    assert cohort.groups().tolist() == [0, 0, 0, 1]
    assert cohort.table["sex"].tolist() == ["M", "M", "M", "F"] and cohort.table["site"].tolist() == [*"AAAB"]
    assert cohort.age_years()[:3].tolist() == [33.0] * 3 and np.isnan(cohort.age_years()[3])


def test_bids_without_participants(bids):
    (bids / "participants.tsv").unlink()
    cohort = read_cohort(bids)
    assert set(cohort.table["sex"]) == {""} and "no participants.tsv" in cohort.notes[0]


def test_bids_problems(refused, bids, scan):
    (bids / "sub-03" / "func").mkdir(parents=True)
    scan(bids / "sub-04" / "anat" / "sub-04_T1w.nii.gz")
    with (bids / "participants.tsv").open("a") as handle:
        handle.write("sub-02\t40\tF\tB\nsub-03\t40\tF\tB\nsub-05\t40\tF\tB\n../../etc\t40\tF\tB\n")
    error = refused("skip-bad", bids)
    for line in (
        "line 4: subject 'sub-02': duplicate subject",
        "line 5: subject 'sub-03': no anat/*_T1w.nii.gz in its folder",
        "subject 'sub-04': has a folder but no row in participants.tsv",
        "line 6: subject 'sub-05': no folder sub-05 beside participants.tsv",
        "line 7: subject '../../etc': not a subject id",
    ):
        assert line in str(error)
    assert read_cohort(bids, skip_bad=True).table["subject"].unique().tolist() == ["sub-01"]


def test_ds002748(shared_data: Path):
    # how many of the data set's people lie there may change; what is read is what its own table says of them
    root = shared_data / "ds002748"
    people = [line.split("\t") for line in (root / "participants.tsv").read_text().splitlines()[1:]]
    present = sorted((name, float(age), sex) for name, age, sex in people if (root / name).is_dir())
    cohort = read_cohort(root)
    rows = zip(cohort.table["subject"], cohort.age_years(), cohort.table["sex"], strict=True)
    assert sorted(rows) == present and len(present) >= 24
    assert set(cohort.table["space"]) == {"native"}


def test_tables_only(refused, shared_data: Path):
    assert len(str(refused("tables only", shared_data / "aomic_piop2")).splitlines()) == 1
