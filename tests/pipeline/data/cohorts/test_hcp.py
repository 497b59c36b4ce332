"""The HCP S1200 layout."""

import shutil

import numpy as np
import pytest

from brainaging.pipeline.data import SourceFormat, detect, read_cohort


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


def test_hcp_mni_by_choice(refused, hcp, scan):
    for folder in hcp.glob("1*"):
        scan(folder / "MNINonLinear" / "T1w_restore_brain.nii.gz", int(folder.name))
    assert all(
        "MNINonLinear" in image
        for image in read_cohort(hcp, source_format=SourceFormat(hcp_image="mni")).table["image"]
    )
    assert "one of" not in str(refused("acpc or mni", hcp, source_format=SourceFormat(hcp_image="t2")))


def test_hcp_without_the_restricted_csv(hcp):
    (hcp / "restricted.csv").unlink()
    cohort = read_cohort(hcp)
    assert cohort.restricted is None and len(set(cohort.groups())) == 24 and np.isnan(cohort.age_years()).all()


def test_hcp_csvs_by_hcps_own_names_and_by_option(refused, hcp, tmp_path):
    (hcp / "unrestricted.csv").rename(hcp / "unrestricted_me_1_2_2024.csv")
    (hcp / "restricted.csv").rename(hcp / "RESTRICTED_me_1_2_2024.csv")
    assert read_cohort(hcp).restricted is not None
    (hcp / "unrestricted_other.csv").write_text("Subject,Gender,Age\n100000,F,22-25\n")
    refused("several unrestricted CSVs", hcp)
    assert len(read_cohort(hcp, unrestricted=hcp / "unrestricted_other.csv", skip_bad=True)) == 1
    refused("no such file", hcp, unrestricted=tmp_path / "gone.csv")
    refused("no such file", hcp, restricted=tmp_path / "gone.csv")


def test_hcp_without_the_unrestricted_csv(refused, hcp):
    (hcp / "unrestricted.csv").unlink()
    assert len(str(refused("give it with --unrestricted", hcp)).splitlines()) == 1


def test_hcp_row_without_a_folder_is_a_note(hcp):
    with (hcp / "unrestricted.csv").open("a") as handle:
        handle.write("999999,F,22-25,1\n")
    assert read_cohort(hcp).notes == ("1 of 25 subjects in unrestricted.csv have no folder: left out",)


def test_hcp_all_bad_rows_at_once(refused, hcp):
    lines = (hcp / "unrestricted.csv").read_text().splitlines()
    lines[1] = lines[1].replace("22-25", "22-52")
    lines[2] = lines[2].replace(",M,", ",X,")
    lines[3] = lines[3].replace("26-30", "27.3141")
    lines[4] = lines[4].replace("100003", "../../etc")
    lines.append(lines[5])
    (hcp / "unrestricted.csv").write_text("\n".join(lines))
    (hcp / "100006" / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz").unlink()
    error = refused("skip-bad", hcp)
    text = str(error)
    assert len(error.problems) == 8 and len(text.splitlines()) == 9
    for line in (
        "line 2: subject '100000': age bracket: expected one of 22-25, 26-30, 31-35, 36+, found '22-52'",
        "line 3: subject '100001': unknown sex code 'X'",
        "line 4: subject '100002': age bracket: expected one of 22-25, 26-30, 31-35, 36+, found a number",
        "line 5: subject '../../etc': not a subject id",
        "subject '100003': has a folder but no row in unrestricted.csv",
        "line 6: subject '100004': duplicate subject",
        "line 26: subject '100004': duplicate subject",
        "line 8: subject '100006'",
    ):
        assert line in text
    assert "27.3141" not in text
    good = read_cohort(hcp, skip_bad=True)
    assert len(good) == 18 and set(good.excluded["subject"]) == {
        "100000", "100001", "100002", "../../etc", "100003", "100004", "100006"
    }  # fmt: skip


def test_an_empty_bracket_is_unknown(hcp):
    csv = hcp / "unrestricted.csv"
    csv.write_text(csv.read_text().replace("100000,F,22-25", "100000,F,"))
    assert read_cohort(hcp).table["age_bracket"][0] == ""


@pytest.mark.parametrize("spell", ["{}.0", "0{}", "{}_V1"])
def test_folders_find_rows_that_are_spelled_otherwise(hcp, spell):
    clean = read_cohort(hcp)
    csv = hcp / "unrestricted.csv"
    header, *rows = csv.read_text().splitlines()
    csv.write_text("\n".join([header, *(spell.format(row[:6]) + row[6:] for row in rows)]))
    assert read_cohort(hcp).table.equals(clean.table)


def test_a_visit_is_the_session_and_its_row_the_persons(hcp):
    clean = read_cohort(hcp)
    (hcp / "100000").rename(hcp / "100000_V1_MR")
    shutil.copytree(hcp / "100000_V1_MR", hcp / "100000_V2_MR")
    cohort = read_cohort(hcp)
    assert cohort.scan_keys[:3] == [("100000", "V1"), ("100000", "V2"), ("100001", "")]
    assert cohort.groups().tolist() == [0, *clean.groups()]
    assert cohort.table["sex"].tolist() == ["F", *clean.table["sex"]]
    assert "1 people have several visits and one row in unrestricted.csv, which each gets" in cohort.notes
