"""A CSV of paths."""

from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.data import SourceFormat, read_cohort

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
def test_csv_missing_column_is_named(refused, paths_csv, column):
    error = refused("no column for the", paths_csv(BASIC.replace(column, "Other")))
    assert "Other" in str(error) and column.lower() in str(error) and len(str(error).splitlines()) == 1


def test_csv_columns_by_option(refused, paths_csv):
    path = paths_csv(BASIC.replace("Path", "wo").replace("Subject", "wer"))
    assert len(read_cohort(path, source_format=SourceFormat(columns={"image": "wo", "subject": "wer"}))) == 2
    refused("expected image, subject", path, source_format=SourceFormat(columns={"imag": "wo"}))
    refused("'?gone", path, source_format=SourceFormat(columns={"image": "gone", "subject": "wer"}))


def test_csv_sex_numbers_need_codes(refused, paths_csv):
    path = paths_csv(BASIC.replace(",F,", ",1,").replace(",m,", ",2,"))
    error = refused("state what it means", path)
    assert len(error.problems) == 2
    assert read_cohort(path, source_format=SourceFormat(sex_codes="1=M,2=F")).table["sex"].tolist() == ["M", "F"]
    assert read_cohort(path, source_format=SourceFormat(sex_codes={"1": "F", "2": "M"})).table["sex"].tolist() == [
        "F",
        "M",
    ]


def test_csv_excluded_is_written(paths_csv, tmp_path):
    cohort = read_cohort(paths_csv(BASIC.replace("s1", "gone")), skip_bad=True)
    cohort.write(tmp_path / "out" / "cohort.csv")
    assert 'b,"people.csv line 3:' in (tmp_path / "out" / "excluded.csv").read_text()
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


def test_ixi_with_a_path_column(refused, shared_data: Path, tmp_path):
    listing = (shared_data / "ixi_2mm" / "IXI_demog_n10.csv").read_text().split()
    rows = [f"{line},{shared_data}/ixi_2mm/{line.split(',')[0]}-T1_ds.nii.gz" for line in listing[1:]]
    (tmp_path / "ixi.csv").write_text("\n".join([f"{listing[0]},path", *rows]))
    cohort = read_cohort(tmp_path / "ixi.csv")
    assert cohort.summary()["sex"] == {"F": 3, "M": 7, "unknown": 0} and not np.isnan(cohort.age_years()).any()
    refused("no column for the image", shared_data / "ixi_2mm" / "IXI_demog_n10.csv")


def test_the_space_that_a_bids_name_says(paths_csv, scan, tmp_path, refused):
    names = ["sub-1_T1w", "sub-2_space-MNI152NLin2009cAsym_desc-preproc_T1w", "sub-3_space-T1w_desc-preproc_T1w"]
    for name in names:
        scan(tmp_path / "scans" / f"{name}.nii.gz", len(name))
    lines = [f"{name[:5]},scans/{name}.nii.gz" for name in names]
    cohort = read_cohort(paths_csv("\n".join(["subject,path", *lines, "s0,scans/s0.nii.gz"])))
    assert cohort.table["space"].tolist() == ["native", "template", "native", "native"]
    assert any(note.startswith("1 scans are in a template's space by their names") for note in cohort.notes)
    stated = paths_csv("\n".join(["subject,path,space", *(f"{line},native" for line in lines)]))
    assert set(read_cohort(stated).table["space"]) == {"native"}
    mask = scan(tmp_path / "scans" / "sub-1_desc-brain_mask.nii.gz")
    assert "expected a T1w scan, found a mask" in str(refused("skip-bad", paths_csv(f"subject,path\nd,{mask}\n")))
    path = scan(tmp_path / "scans" / "sub-4_space-OASIS30ANTs_T1w.nii.gz")
    other = paths_csv(f"subject,path\nd,{path}\n")
    assert "found 'space-OASIS30ANTs'" in str(refused("space: expected template or native", other))
    assert read_cohort(other, space="native").table["space"].tolist() == ["native"]
