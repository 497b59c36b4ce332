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


def _rewrite(csv: Path, spell) -> None:
    header, *rows = csv.read_text().splitlines()
    csv.write_text(
        "\n".join([header, *(",".join([spell(row.split(",")[0]), *row.split(",")[1:]]) for row in rows)])
    )


@pytest.mark.parametrize("spell", ["{}.0", "sub-{}", "00{}", "{}_V1"])
def test_ids_spelled_otherwise_are_found_with_the_same_families_and_ages(hcp, spell):
    clean = read_cohort(hcp)
    _rewrite(hcp / "restricted.csv", spell.format)
    cohort = read_cohort(hcp)
    assert cohort.notes == clean.notes and cohort.table.equals(clean.table)
    assert (cohort.groups() == clean.groups()).all() and (cohort.age_years() == clean.age_years()).all()


def test_a_restricted_csv_of_other_people_is_refused_with_both_spellings(refused, hcp, canaries):
    _rewrite(hcp / "restricted.csv", lambda name: f"HC{name}x")
    error = refused("expected the cohort's 24 subjects in it, found 0", hcp)
    assert "cohort: 100000, 100001" in str(error) and "HC100000x" in str(error)
    assert not any(value in str(error) for value in canaries) and len(str(error).splitlines()) == 1


def test_a_restricted_csv_of_two_in_a_hundred_is_refused(refused, hcp):
    _rewrite(hcp / "restricted.csv", lambda name: name if name in ("100000", "100001") else f"HC{name}x")
    refused("found 2", hcp)


def test_empty_family_columns_are_refused(refused, hcp):
    csv = hcp / "restricted.csv"
    header, *rows = csv.read_text().splitlines()
    csv.write_text("\n".join([header, *(",".join([*row.split(",")[:2], "", "0", "-1", "", "1"]) for row in rows)]))
    refused("expected Family_ID, Mother_ID, Father_ID of the cohort's 24 subjects, found them empty for 24", hcp)


def test_a_familys_id_that_a_spreadsheet_respelled_is_one(hcp):
    clean = read_cohort(hcp)
    csv = hcp / "restricted.csv"
    header, *rows = csv.read_text().splitlines()
    cells = [row.split(",") for row in rows]
    respelled = [
        ",".join([*row[:2], "", row[3] + ".0" * (n % 2 and row[3].isdigit()), "", *row[5:]])
        for n, row in enumerate(cells)
    ]
    csv.write_text("\n".join([header, *respelled]))
    assert (read_cohort(hcp).groups() == clean.groups()).all()


def test_families_that_are_known_of_some_are_said_so(hcp):
    csv = hcp / "restricted.csv"
    csv.write_text("\n".join(csv.read_text().splitlines()[:-3]) + "\n")
    cohort = read_cohort(hcp)
    assert "families are known of 21 of 24 subjects: in splits the others stand alone" in cohort.notes
    assert cohort.summary()["groups"] == {"kind": "family", "n": 14, "known": 21, "of": 24}


def test_a_visit_finds_its_family_and_its_own_age(tmp_path: Path) -> None:
    scan = nib.Nifti1Image(np.ones((9, 9, 9), np.float32), np.eye(4))
    ids = ("7_ses-1", "7_ses-2", "8", "9-v2")
    for name in ids:
        nib.save(scan, tmp_path / f"{name}.nii.gz")
    (tmp_path / "scans.csv").write_text("subject,path\n" + "".join(f"{name},{name}.nii.gz\n" for name in ids))
    hidden = tmp_path / "restricted.csv"
    hidden.write_text("Subject,Age_in_Yrs,Family_ID\n7_ses-1,22.5,A\n7_ses-2,24.5,A\n08,30,B\n9,31,B\n")
    cohort = read_cohort(tmp_path / "scans.csv", restricted=hidden)
    assert cohort.scan_keys == [("7", "ses-1"), ("7", "ses-2"), ("8", ""), ("9-v2", "")]
    # 9-v2 looks like 9: kept with the family, and not given an age that may be another day's
    assert cohort.groups().tolist() == [0, 0, 1, 1]
    assert np.array_equal(cohort.age_years(), [22.5, 24.5, 30, np.nan], equal_nan=True)


def test_one_exact_age_of_sessions_with_several_is_refused(refused, tmp_path: Path) -> None:
    scan = nib.Nifti1Image(np.ones((9, 9, 9), np.float32), np.eye(4))
    rows = ["subject,path,session,age"]
    for session, age in (("1", "20"), ("2", "24")):
        nib.save(scan, tmp_path / f"{session}.nii.gz")
        rows.append(f"7,{session}.nii.gz,{session},{age}")
    (tmp_path / "scans.csv").write_text("\n".join(rows))
    hidden = tmp_path / "restricted.csv"
    hidden.write_text("Subject,Age_in_Yrs,Family_ID\n7,20.123,A\n")
    error = refused("expected an age a session of 1 subjects", tmp_path / "scans.csv", restricted=hidden)
    assert "20.123" not in str(error)
    hidden.write_text("Subject,Age_in_Yrs,Family_ID\n7_ses-1,20.123,A\n7_ses-2,24.5,A\n")
    assert read_cohort(tmp_path / "scans.csv", restricted=hidden).age_years().tolist() == [20.123, 24.5]


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


@pytest.mark.parametrize("word", [".", "-", "NA", "#N/A", "unknown"])
def test_what_is_not_known_makes_no_family_and_no_age(tmp_path: Path, word: str) -> None:
    path = tmp_path / "restricted.csv"
    header = "Subject,Age_in_Yrs,Family_ID,Mother_ID,Father_ID\n"
    path.write_text(header + f"1,{word},{word},{word},{word}\n2,30,{word},{word},{word}\n")
    said = read_restricted(path)
    path.write_text(header + "1,,,,\n2,30,,,\n")
    assert said.equals(read_restricted(path)) and said["Mother_ID"].tolist() == ["", ""]
