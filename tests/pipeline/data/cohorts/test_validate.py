"""Rows into the public table: every bad row and scan at once."""

import gzip

from brainaging.pipeline.data import read_cohort


def test_csv_problems_of_rows_and_scans_at_once(refused, paths_csv, tmp_path, scan):
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
    text = str(refused("skip-bad", path))
    for line in (
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
        assert line in text
    cohort = read_cohort(path, skip_bad=True)
    assert cohort.table["subject"].tolist() == ["m"] and len(set(cohort.excluded["subject"])) == 13


def test_a_missing_site_session_and_space_are_none(paths_csv):
    header = "subject,path,session,site,space\n"
    rows = "a,scans/s0.nii.gz,{},{},{}\nb,scans/s1.nii.gz,2,K,template\n"
    expected = read_cohort(paths_csv(header + rows.format("", "", ""))).table
    assert read_cohort(paths_csv(header + rows.format("n/a", ".", "NA"))).table.equals(expected)
