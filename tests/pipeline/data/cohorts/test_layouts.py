"""Every layout and every bad input of a cohort, through the one way in."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.data import CohortError, SourceFormat, detect, read_cohort, read_restricted

LAYOUT_OF = {"ds002748": "bids", "freesurfer_mgz": "freesurfer", "aomic_piop2": "bids"}


def _refused(match, *args, **options):
    with pytest.raises(CohortError, match=match) as caught:
        read_cohort(*args, **options)
    assert all("\n" not in line for line in caught.value.problems)
    return caught.value


# --- HCP


def test_hcp(hcp):
    cohort = read_cohort(hcp)
    assert detect(hcp) == "hcp" and len(cohort) == 24 and cohort.group_kind() == "family"
    assert set(cohort.table["space"]) == {"template"} and cohort.table["age_years"].isna().all()
    assert cohort.table["image"][0].endswith("100000/T1w/T1w_acpc_dc_restore_brain.nii.gz")
    assert cohort.table["age_bracket"][:2].tolist() == ["22-25", "22-25"]
    assert not cohort.simulated
    (hcp / "truth").mkdir()
    (hcp / "truth" / "simulation.json").write_text("{}")
    assert read_cohort(hcp).simulated and read_cohort(hcp).summary()["simulated"]


def test_hcp_keeps_no_other_restricted_column(hcp):
    assert "SSAGA_X" not in read_cohort(hcp).restricted.columns


def test_hcp_mni_by_choice(hcp, scan):
    for folder in hcp.glob("1*"):
        scan(folder / "MNINonLinear" / "T1w_restore_brain.nii.gz", int(folder.name))
    assert all(
        "MNINonLinear" in image
        for image in read_cohort(hcp, source_format=SourceFormat(hcp_image="mni")).table["image"]
    )
    assert "one of" not in str(_refused("acpc or mni", hcp, source_format=SourceFormat(hcp_image="t2")))


def test_hcp_without_the_restricted_csv(hcp):
    (hcp / "restricted.csv").unlink()
    cohort = read_cohort(hcp)
    assert cohort.restricted is None and len(set(cohort.groups())) == 24 and np.isnan(cohort.age_years()).all()


def test_hcp_csvs_by_hcps_own_names_and_by_option(hcp, tmp_path):
    (hcp / "unrestricted.csv").rename(hcp / "unrestricted_me_1_2_2024.csv")
    (hcp / "restricted.csv").rename(hcp / "RESTRICTED_me_1_2_2024.csv")
    assert read_cohort(hcp).restricted is not None
    (hcp / "unrestricted_other.csv").write_text("Subject,Gender,Age\n100000,F,22-25\n")
    _refused("several unrestricted CSVs", hcp)
    assert len(read_cohort(hcp, unrestricted=hcp / "unrestricted_other.csv", skip_bad=True)) == 1
    _refused("no such file", hcp, unrestricted=tmp_path / "gone.csv")
    _refused("no such file", hcp, restricted=tmp_path / "gone.csv")


def test_hcp_without_the_unrestricted_csv(hcp):
    (hcp / "unrestricted.csv").unlink()
    assert len(str(_refused("give it with --unrestricted", hcp)).splitlines()) == 1


def test_hcp_row_without_a_folder_is_a_note(hcp):
    with (hcp / "unrestricted.csv").open("a") as handle:
        handle.write("999999,F,22-25,1\n")
    assert read_cohort(hcp).notes == ("1 of 25 subjects in unrestricted.csv have no folder: left out",)


def test_hcp_all_bad_rows_at_once(hcp):
    lines = (hcp / "unrestricted.csv").read_text().splitlines()
    lines[1] = lines[1].replace("22-25", "22-52")
    lines[2] = lines[2].replace(",M,", ",X,")
    lines[3] = lines[3].replace("26-30", "27.3141")
    lines[4] = lines[4].replace("100003", "../../etc")
    lines.append(lines[5])
    (hcp / "unrestricted.csv").write_text("\n".join(lines))
    (hcp / "100006" / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz").unlink()
    error = _refused("skip-bad", hcp)
    text = str(error)
    assert len(error.problems) == 8 and len(text.splitlines()) == 9
    for said in (
        "line 2: subject '100000': age bracket: expected one of 22-25, 26-30, 31-35, 36+, found '22-52'",
        "line 3: subject '100001': unknown sex code 'X'",
        "line 4: subject '100002': age bracket: expected one of 22-25, 26-30, 31-35, 36+, found a number",
        "line 5: subject '../../etc': not a subject id",
        "subject '100003': has a folder but no row in unrestricted.csv",
        "line 6: subject '100004': duplicate subject",
        "line 26: subject '100004': duplicate subject",
        "line 8: subject '100006'",
    ):
        assert said in text
    assert "27.3141" not in text
    good = read_cohort(hcp, skip_bad=True)
    assert len(good) == 18 and set(good.excluded["subject"]) == {
        "100000", "100001", "100002", "../../etc", "100003", "100004", "100006"
    }  # fmt: skip


def test_an_empty_bracket_is_unknown(hcp):
    csv = hcp / "unrestricted.csv"
    csv.write_text(csv.read_text().replace("100000,F,22-25", "100000,F,"))
    assert read_cohort(hcp).table["age_bracket"][0] == ""


def test_a_bad_restricted_row_is_named_without_its_value(hcp):
    csv = hcp / "restricted.csv"
    csv.write_text(csv.read_text().replace("27.3141", "273141").replace("100005,", "100004,"))
    error = _refused("restricted", hcp)
    assert "273141" not in str(error) and len(error.problems) == 4
    assert "restricted.csv line 2: subject '100000': age: expected years between 0 and 120" in str(error)


def test_restricted_csv_without_families(hcp):
    csv = hcp / "restricted.csv"
    csv.write_text("Subject,Age_in_Yrs\n100000,27.3141\n")
    assert "27.3141" not in str(_refused("no column for the Family_ID", hcp))


def test_subjects_outside_the_restricted_csv_are_noted(hcp):
    csv = hcp / "restricted.csv"
    csv.write_text("\n".join(csv.read_text().splitlines()[:-3]) + "\n")
    assert "3 subjects are not in the restricted CSV" in read_cohort(hcp).notes[0]


# --- BIDS


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


def test_bids_problems(bids, scan):
    (bids / "sub-03" / "func").mkdir(parents=True)
    scan(bids / "sub-04" / "anat" / "sub-04_T1w.nii.gz")
    with (bids / "participants.tsv").open("a") as handle:
        handle.write("sub-02\t40\tF\tB\nsub-03\t40\tF\tB\nsub-05\t40\tF\tB\n../../etc\t40\tF\tB\n")
    error = _refused("skip-bad", bids)
    for said in (
        "line 4: subject 'sub-02': duplicate subject",
        "line 5: subject 'sub-03': no anat/*_T1w.nii.gz in its folder",
        "subject 'sub-04': has a folder but no row in participants.tsv",
        "line 6: subject 'sub-05': no folder sub-05 beside participants.tsv",
        "line 7: subject '../../etc': not a subject id",
    ):
        assert said in str(error)
    assert read_cohort(bids, skip_bad=True).table["subject"].unique().tolist() == ["sub-01"]


# --- FreeSurfer


def test_freesurfer(tmp_path, scan):
    for name in ("bert", "sub-2", "fsaverage"):
        scan(tmp_path / "fs" / name / "mri" / "brain.mgz")
    (tmp_path / "fs" / "participants.tsv").write_text("participant_id\tsex\nbert\tM\nsub-2\tF\n")
    cohort = read_cohort(tmp_path / "fs")
    assert cohort.table[["subject", "sex"]].to_numpy().tolist() == [["bert", "M"], ["sub-2", "F"]]
    (tmp_path / "fs" / "sub-2" / "mri" / "brain.mgz").unlink()
    _refused("file missing", tmp_path / "fs")


# --- CSV of paths

BASIC = "Subject,Path,Sex,Age,Site\na,scans/s0.nii.gz,F,20,X\nb,scans/s1.nii.gz,m,30.5,Y\n"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_with_any_delimiter_and_a_byte_order_mark(paths_csv, mark, encoding, tmp_path):
    text = BASIC.replace(",", mark)
    path = paths_csv(text.replace("30.5", "30,5") if mark == ";" else text, encoding=encoding)
    cohort = read_cohort(path)
    assert cohort.table["subject"].tolist() == ["a", "b"] and cohort.table["sex"].tolist() == ["F", "M"]
    assert cohort.age_years().tolist() == [20.0, 30.5] and cohort.table["site"].tolist() == ["X", "Y"]
    assert cohort.table["image"][0] == str(tmp_path / "scans" / "s0.nii.gz")
    assert set(cohort.table["space"]) == {"native"}
    assert set(read_cohort(path, space="template").table["space"]) == {"template"}


@pytest.mark.parametrize("column", ["Path", "Subject"])
def test_csv_missing_column_is_named(paths_csv, column):
    error = _refused("no column for the", paths_csv(BASIC.replace(column, "Other")))
    assert "Other" in str(error) and column.lower() in str(error) and len(str(error).splitlines()) == 1


def test_csv_columns_by_option(paths_csv):
    path = paths_csv(BASIC.replace("Path", "wo").replace("Subject", "wer"))
    assert len(read_cohort(path, source_format=SourceFormat(columns={"image": "wo", "subject": "wer"}))) == 2
    _refused("expected image, subject", path, source_format=SourceFormat(columns={"imag": "wo"}))
    _refused("'?gone", path, source_format=SourceFormat(columns={"image": "gone", "subject": "wer"}))


def test_csv_sex_numbers_need_codes(paths_csv):
    path = paths_csv(BASIC.replace(",F,", ",1,").replace(",m,", ",2,"))
    error = _refused("state what it means", path)
    assert len(error.problems) == 2
    assert read_cohort(path, source_format=SourceFormat(sex_codes="1=M,2=F")).table["sex"].tolist() == ["M", "F"]
    assert read_cohort(path, source_format=SourceFormat(sex_codes={"1": "F", "2": "M"})).table["sex"].tolist() == [
        "F",
        "M",
    ]


def test_csv_problems_of_rows_and_scans_at_once(paths_csv, tmp_path, scan):
    path = paths_csv(
        "subject,path,sex,age\n"
        "a,scans/s0.nii.gz,F,20\n"
        "a,scans/s1.nii.gz,F,20\n"
        "c,scans/gone.nii.gz,F,20\n"
        "d,scans/four.nii.gz,F,20\n"
        "e,scans/text.nii.gz,F,200\n"
        "f,scans/thin.nii.gz,F,20\n"
        "g,,F,20\n"
        "../../etc,scans/s2.nii.gz,F,20\n"
        "/etc/passwd,scans/s3.nii.gz,F,20\n"
        "h,scans/empty.nii.gz,F,20\n"
        "i,scans/notes.txt,F,20\n"
        "j,scans,F,20\n"
        "k,scans/one.nii.gz,F,20\n"
        "l,scans/one.nii.gz,M,20\n"
        "m,scans/fine.nii.gz,M,20\n"
    )
    scan(tmp_path / "scans" / "four.nii.gz", shape=(4, 4, 4, 3))
    scan(tmp_path / "scans" / "thin.nii.gz", shape=(9, 9, 1))
    for name in ("one", "fine"):
        scan(tmp_path / "scans" / f"{name}.nii.gz")
    (tmp_path / "scans" / "text.nii.gz").write_bytes(gzip.compress(b"no scan"))
    (tmp_path / "scans" / "empty.nii.gz").touch()
    (tmp_path / "scans" / "notes.txt").write_text("x")
    text = str(_refused("skip-bad", path))
    for said in (
        "line 2: subject 'a': duplicate subject (several scans of one person need a session column)",
        "line 3: subject 'a': duplicate subject",
        "gone.nii.gz: file missing",
        "four.nii.gz: expected a 3D scan, found shape (4, 4, 4, 3)",
        "text.nii.gz: not a readable scan",
        "line 6: subject 'e': age: expected years between 0 and 120",
        "thin.nii.gz: expected a 3D scan, found shape (9, 9, 1)",
        "line 8: subject 'g': no path in column 'path'",
        "line 9: subject '../../etc': not a subject id",
        "line 10: subject '/etc/passwd': not a subject id",
        "empty.nii.gz: empty file",
        "notes.txt: expected a scan",
        "scans: not a file",
        "line 14: subject 'k'",
        "line 15: subject 'l'",
    ):
        assert said in text
    cohort = read_cohort(path, skip_bad=True)
    assert cohort.table["subject"].tolist() == ["m"] and len(set(cohort.excluded["subject"])) == 13


def test_csv_excluded_is_written(paths_csv, tmp_path):
    cohort = read_cohort(paths_csv(BASIC.replace("s1", "gone")), skip_bad=True)
    cohort.write(tmp_path / "out" / "cohort.csv")
    assert "b,people.csv line 3:" in (tmp_path / "out" / "excluded.csv").read_text()
    assert read_cohort(tmp_path / "out" / "cohort.csv").excluded["subject"].tolist() == ["b"]


def test_csv_sessions(paths_csv):
    path = paths_csv("subject,session,path\na,1,scans/s0.nii.gz\na,2,scans/s1.nii.gz\n")
    cohort = read_cohort(path)
    assert cohort.groups().tolist() == [0, 0] and cohort.table["session"].tolist() == ["1", "2"]


def test_csv_brackets_in_the_age_column(paths_csv):
    cohort = read_cohort(paths_csv(BASIC.replace("30.5", "31-35")))
    assert cohort.table["age_bracket"].tolist() == ["", "31-35"]


def test_csv_with_restricted_columns_is_itself_the_restricted_file(paths_csv, tmp_path, canaries):
    path = paths_csv(
        "Subject,path,Gender,Age_in_Yrs,Family_ID\na,scans/s0.nii.gz,F,27.3141,FAMCANARY\n"
        "b,scans/s1.nii.gz,M,30,FAMCANARY\n"
    )
    cohort = read_cohort(path)
    assert cohort.age_years().tolist() == [27.3141, 30.0] and cohort.groups().tolist() == [0, 0]
    cohort.write(tmp_path / "out" / "cohort.csv")
    written = b"".join(file.read_bytes() for file in (tmp_path / "out").iterdir())
    assert not any(canary.encode() in written for canary in canaries)


def test_every_scan_bad_is_an_error_even_when_skipped(paths_csv):
    _refused("no scan is left", paths_csv(BASIC.replace("s0", "x").replace("s1", "y")), skip_bad=True)


# --- sources


def test_sources_that_are_none(tmp_path):
    _refused("no such file or folder", tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    assert len(str(_refused("expected an HCP S1200 folder", tmp_path / "empty")).splitlines()) == 1
    _refused("layout: expected", tmp_path / "empty", source_format=SourceFormat(layout="dicom"))


def test_an_unrestricted_csv_belongs_to_hcp(paths_csv):
    path = paths_csv(BASIC)
    _refused("belongs to an HCP folder", path, unrestricted=path)


# --- real brains


def test_ds002748(shared_data: Path):
    # how many of the data set's people lie there may change; what is read is what its own table says of them
    root = shared_data / "ds002748"
    people = [line.split("\t") for line in (root / "participants.tsv").read_text().splitlines()[1:]]
    present = sorted((name, float(age), sex) for name, age, sex in people if (root / name).is_dir())
    cohort = read_cohort(root)
    rows = zip(cohort.table["subject"], cohort.age_years(), cohort.table["sex"], strict=True)
    assert sorted(rows) == present and len(present) >= 24
    assert set(cohort.table["space"]) == {"native"}


def test_ixi_with_a_path_column(shared_data: Path, tmp_path):
    listing = (shared_data / "ixi_2mm" / "IXI_demog_n10.csv").read_text().split()
    rows = [f"{line},{shared_data}/ixi_2mm/{line.split(',')[0]}-T1_ds.nii.gz" for line in listing[1:]]
    (tmp_path / "ixi.csv").write_text("\n".join([f"{listing[0]},path", *rows]))
    cohort = read_cohort(tmp_path / "ixi.csv")
    assert cohort.summary()["sex"] == {"F": 3, "M": 7, "unknown": 0} and not np.isnan(cohort.age_years()).any()
    _refused("no column for the image", shared_data / "ixi_2mm" / "IXI_demog_n10.csv")


def test_freesurfer_mgz(shared_data: Path):
    cohort = read_cohort(shared_data / "freesurfer_mgz")
    assert cohort.table["subject"].tolist() == ["sub-0001", "sub-0002"]
    assert all(image.endswith("mri/brain.mgz") for image in cohort.table["image"])


def test_tables_only(shared_data: Path):
    assert len(str(_refused("tables only", shared_data / "aomic_piop2")).splitlines()) == 1


@pytest.mark.parametrize("name", LAYOUT_OF)
def test_layouts_of_open_data(shared_data: Path, name):
    assert detect(shared_data / name) == LAYOUT_OF[name]


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
