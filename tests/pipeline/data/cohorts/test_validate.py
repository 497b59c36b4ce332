"""Rows into the public table: every bad row and scan at once."""

import gzip

import pytest

from brainaging.pipeline.data import SourceFormat, read_cohort


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
    scan(tmp_path / "scans" / "four.nii.gz", shape=(9, 9, 9, 3))
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
        "gone.nii.gz: expected a scan, found no such file",
        "four.nii.gz: expected 3 axes (one T1w volume), found 4: 9 × 9 × 9 × 3",
        "text.nii.gz: expected a scan, found text that begins 'no scan'",
        "line 6: subject 'e': age: expected years between 0 and 120",
        "thin.nii.gz: expected at least 8 voxels along each axis, found 9 × 9 × 1",
        "line 8: subject 'g': no path in column 'path'",
        "line 9: subject '../../etc': not a subject id",
        "line 10: subject '/etc/passwd': not a subject id",
        "empty.nii.gz: expected a scan, found an empty file",
        "notes.txt: expected a name that ends in .nii, .nii.gz, .mgz, found .txt",
        "scans: expected a name that ends in",
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
    assert cohort.notes[-1] == "2 ids name a visit, which is the session (a_ses-1 is a at ses-1)"
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


@pytest.mark.parametrize("scans", [True, False])
def test_ages_that_are_no_number_are_one_rule_for_every_table(paths_csv, refused, scans):
    text = "subject,path,sex,age\na,scans/s0.nii.gz,F,89+\nb,scans/s1.nii.gz,M,18-38\nc,scans/s2.nii.gz,M,-\n"
    path = paths_csv(text)
    error = refused("skip-bad", path, scans=scans)
    assert "subject 'a': age: expected years between 0 and 120, found '89+' (--age-codes" in str(error)
    assert "found '18-38'" in str(error) and "subject 'c'" not in str(error)
    stated = SourceFormat(age_codes="89+=89,18-38=28,90+=90")
    cohort = read_cohort(path, scans=scans, source_format=stated)
    clean = read_cohort(
        paths_csv(text.replace("89+", "89").replace("18-38", "28").replace(",-", ",")), scans=scans
    )
    assert cohort.table.equals(clean.table)
    assert "the age is not known of 1 of 3 rows: '-' (1)" in cohort.notes
    assert "age codes: no cell is '90+'" in cohort.notes


def test_an_age_that_may_be_restricted_is_not_repeated(paths_csv, refused):
    rows = "a,scans/s0.nii.gz,F,27.31x,30,1\nb,scans/s1.nii.gz,M,300,30,2\n"
    rows += "c,scans/s2.nii.gz,M,30,30,3\nd,scans/s3.nii.gz,M,30,30,4\n"
    error = refused("skip-bad", paths_csv("subject,path,sex,age,Age_in_Yrs,Family_ID\n" + rows))
    assert "27.31" not in str(error) and "300" not in str(error)


def test_brackets_may_be_stated_too(paths_csv):
    path = paths_csv("subject,path,age\na,scans/s0.nii.gz,22-24\nb,scans/s1.nii.gz,36+\n")
    table = read_cohort(path, source_format=SourceFormat(age_codes={"22-24": "22-25"})).table
    assert table["age_bracket"].tolist() == ["22-25", "36+"]


def test_months_of_a_csv(paths_csv, refused):
    months = "subject,path,age\na,scans/s0.nii.gz,300\nb,scans/s1.nii.gz,366\n"
    error = refused("expected years between 0 and 120, found 300 to 366", paths_csv(months), skip_bad=True)
    assert "27.8 in months" in str(error) and len(str(error).splitlines()) == 1
    cohort = read_cohort(paths_csv(months), source_format=SourceFormat(age_unit="months"))
    assert cohort.age_years().tolist() == [25.0, 30.5]
    assert read_cohort(paths_csv(months.replace("age", "age_months"))).table.equals(cohort.table)
    semicolons = months.replace(",", ";").replace("300", "300,0")
    assert read_cohort(paths_csv(semicolons), source_format=SourceFormat(age_unit="mo")).table.equals(cohort.table)


def test_sessions_of_one_subject_are_told_by_the_scans_names(paths_csv, scan, tmp_path):
    names = ("s_ses-1_run-2_T1w.nii.gz", "ses-2/anat/s_T1w.nii.gz", "s_T1w.nii.gz", "t_ses-1_T1w.nii.gz")
    for number, name in enumerate(names):
        scan(tmp_path / name, number)
    text = "id,path\n" + "".join(f"{name[0]},{name}\n" for name in names)
    cohort = read_cohort(paths_csv(text))
    assert cohort.scan_keys == [("s", "ses-1_run-2"), ("s", "ses-2"), ("s", ""), ("t", "")]
