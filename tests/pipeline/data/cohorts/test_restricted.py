"""HCP's restricted values: read, connected into families, and never repeated."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.data import CohortError, read_cohort, read_restricted


def test_hcp_keeps_no_other_restricted_column(hcp):
    assert "SSAGA_X" not in read_cohort(hcp).restricted.columns


def test_a_bad_restricted_row_is_named_without_its_value(refused, hcp):
    csv = hcp / "restricted.csv"
    csv.write_text(csv.read_text().replace("27.3141", "273141").replace("100005,", "100004,"))
    error = refused("restricted", hcp)
    assert "273141" not in str(error) and len(error.problems) == 4
    assert "restricted.csv line 2: subject '100000': age: expected years between 0 and 120" in str(error)


def test_restricted_csv_without_families(refused, hcp):
    csv = hcp / "restricted.csv"
    csv.write_text("Subject,Age_in_Yrs\n100000,27.3141\n")
    assert "27.3141" not in str(refused("no column for the Family_ID", hcp))


def test_subjects_outside_the_restricted_csv_are_noted(hcp):
    csv = hcp / "restricted.csv"
    csv.write_text("\n".join(csv.read_text().splitlines()[:-3]) + "\n")
    assert "3 subjects are not in the restricted CSV" in read_cohort(hcp).notes[0]


def test_a_restricted_csv_without_a_header_gives_no_value_away(tmp_path: Path) -> None:
    path = tmp_path / "restricted.csv"
    path.write_text("100307,27.3141,FAMCANARY,MZ\n100408,31,F2,DZ\n")
    with pytest.raises(CohortError) as caught:
        read_restricted(path)
    for value in ("27.3141", "FAMCANARY", "MZ", "100307"):
        assert value not in str(caught.value)


def test_ages_that_a_restricted_csv_gives_too_stay_out_of_the_table(tmp_path: Path) -> None:
    scan = nib.Nifti1Image(np.ones((9, 9, 9), np.float32), np.eye(4))
    for subject in ("100307", "100408"):
        nib.save(scan, tmp_path / f"{subject}.nii.gz")
    lines = [f"{subject},{subject}.nii.gz,F,27.3141" for subject in ("100307", "100408")]
    (tmp_path / "scans.csv").write_text("\n".join(["subject,path,sex,age", *lines]) + "\n")
    hidden = tmp_path / "restricted.csv"
    hidden.write_text("Subject,Age_in_Yrs,Family_ID\n100307,27.3141,A\n100408,27.3141,B\n")
    cohort = read_cohort(tmp_path / "scans.csv", restricted=hidden)
    assert cohort.table["age_years"].isna().all()
    assert np.allclose(cohort.age_years(), 27.3141)
    assert "27.3141" not in cohort.write(tmp_path / "out/cohort.csv").read_text()
