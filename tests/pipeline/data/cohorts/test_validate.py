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


def test_a_visit_in_the_id_is_the_session(paths_csv):
    clean = paths_csv(
        "subject,path,session\na,scans/s0.nii.gz,ses-1\na,scans/s1.nii.gz,ses-2\nb,scans/s2.nii.gz,\n"
    )
    expected = read_cohort(clean)
    said = paths_csv("subject,path\na_ses-1,scans/s0.nii.gz\na_ses-2,scans/s1.nii.gz\nb,scans/s2.nii.gz\n")
    cohort = read_cohort(said)
    assert cohort.table.equals(expected.table) and cohort.groups().tolist() == [0, 0, 1]
    streams = paths_csv(
        "id,path\na_ses-1.long.a,scans/s0.nii.gz\na_ses-2.long.a,scans/s1.nii.gz\nb,scans/s2.nii.gz\n"
    )
    assert read_cohort(streams).table.equals(expected.table)


def test_a_base_template_and_a_second_stream_are_refused(refused, paths_csv):
    text = (
        "id,path\na_ses-1.long.a,scans/s0.nii.gz\na,scans/s1.nii.gz\na_ses-1,scans/s2.nii.gz\nb,scans/s3.nii.gz\n"
    )
    error = refused("base template", paths_csv(text))
    assert [line.partition(":")[0] for line in error.problems] == [f"people.csv line {n}" for n in (2, 3, 4)]
    assert read_cohort(paths_csv(text), skip_bad=True).table["subject"].tolist() == ["b"]


def test_one_bad_session_leaves_the_others(paths_csv):
    text = "id,path,session\na,scans/s0.nii.gz,1\na,scans/gone.nii.gz,2\na,scans/s2.nii.gz,3\n"
    assert read_cohort(paths_csv(text), skip_bad=True).scan_keys == [("a", "1"), ("a", "3")]


def test_a_person_has_one_sex_in_all_sessions(refused, paths_csv):
    rows = ("a,scans/s0.nii.gz,1,F", "a,scans/s1.nii.gz,2,M", "b,scans/s2.nii.gz,1,", "b,scans/s3.nii.gz,2,F")
    text = "\n".join(("id,path,session,sex", *rows))
    assert len(refused("one of a subject in every session", paths_csv(text)).problems) == 2
