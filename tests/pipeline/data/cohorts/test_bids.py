"""BIDS: sessions, entities, derivatives, and the tables of participants and sessions."""

import json
from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.data import SourceFormat, detect, read_cohort


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


def test_a_session_is_one_row_whatever_its_runs(bids):
    cohort = read_cohort(bids)
    assert detect(bids) == "bids" and set(cohort.table["space"]) == {"native"}
    assert cohort.table["session"].tolist() == ["ses-1", "ses-2", ""]
    assert next(Path(image).name for image in cohort.table["image"]) == "sub-01_ses-1_run-1_T1w.nii.gz"
    assert cohort.groups().tolist() == [0, 0, 1]
    assert cohort.table["sex"].tolist() == ["M", "M", "F"] and cohort.table["site"].tolist() == [*"AAB"]
    assert cohort.age_years()[:2].tolist() == [33.0] * 2 and np.isnan(cohort.age_years()[2])
    several, same_age, unknown = sorted(cohort.notes)
    assert several.startswith("1 people have several sessions and one age")
    assert same_age.startswith("1 visits have several T1w scans; taken: run-1 (1); left: run-2 (1)")
    assert unknown == "the age is not known of 1 of 3 rows: 'n/a' (1)"


def test_which_run_is_chosen(bids, refused):
    def images(select):
        table = read_cohort(bids, source_format=SourceFormat(select=select), skip_bad=True).table
        return [Path(image).name for image in table["image"]]

    assert images("ses=2") == images("ses=02") == ["sub-01_ses-2_T1w.nii"]
    refused("subject 'sub-02': no ses-2/anat", bids, source_format=SourceFormat(select="ses=2"))
    (bids / "sub-02" / "anat" / "sub-02_T1w.nii.gz").rename(bids / "sub-02" / "anat" / "sub-02_run-2_T1w.nii.gz")
    (bids / "sub-01" / "ses-2" / "anat" / "sub-01_ses-2_T1w.nii").unlink()
    assert images("run=2") == ["sub-01_ses-1_run-2_T1w.nii.gz", "sub-02_run-2_T1w.nii.gz"]
    assert images({"run": 2}) == images("run=02")
    error = refused("skip-bad", bids, source_format=SourceFormat(select="run=1"))
    assert "subject 'sub-02': expected a T1w scan with run=1, found run-2" in str(error)
    refused("--select chooses among a BIDS", bids, scans=False, source_format=SourceFormat(select="run=1"))


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


@pytest.fixture
def raw(tmp_path, scan):
    """Three people, one scan each, ages in years: what every other way of saying it must give."""
    root = tmp_path / "raw"
    for number in "123":
        scan(root / f"sub-{number}" / "anat" / f"sub-{number}_T1w.nii.gz", int(number))
    (root / "participants.tsv").write_text(
        "participant_id\tage\tsex\nsub-1\t25\tM\nsub-2\t30.5\tF\nsub-3\t40\tF\n"
    )
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.8.0", "DatasetType": "raw"}')
    return root


def people(root, **options):
    return read_cohort(root, source_format=SourceFormat(**options)).table[["subject", "sex", "age_years"]]


@pytest.mark.parametrize(
    ("table", "description", "options"),
    [
        ("age,sex;300,M;366,F;480,F", {"age": {"Units": "months"}}, {}),
        ("age,sex;300,M;366,F;480,F", {}, {"age_unit": "months"}),
        ("interview_age,sex;300,M;366,F;480,F", {}, {}),
        ("AGE_AT_SCAN,Sex;25,M;30.5,F;40,F", {}, {}),
        ("age,sex;9131.25,M;11140.125,F;14610,F", {"age": {"Units": "days"}}, {}),
        ("when,sex;25,M;30.5,F;40,F", {}, {"columns": {"age": "when"}}),
        ("age,sex;25,1;30.5,2;40,2", {"sex": {"Levels": {"1": "male", "2": "female"}}}, {}),
        ("age,sex;25,1;30.5,2;40,2", {"sex": {"Levels": {"1": {"Description": "Men"}, "2": "Women"}}}, {}),
        ("age,sex;25,1;30.5,2;40,2", {"sex": {"Levels": {"1": "female", "2": "male"}}}, {"sex_codes": "1=M,2=F"}),
        ("age,sex_at_birth;25,male;30.5,female;40,F", {}, {}),
        ("age,geschlecht;25,m;30.5,w;40,w", {}, {"columns": {"sex": "geschlecht"}, "sex_codes": "w=F"}),
        ("age,sex;25y,M;30.5 years,F;480 months,F", {}, {}),
        ("age,sex;25,M;18-38,F;40+,F", {}, {"age_codes": "18–38=30.5,40+=40"}),
    ],
)
def test_what_tables_and_their_json_say_is_read(raw, table, description, options):
    clean = people(raw)
    header, *rows = table.replace(",", "\t").split(";")
    lines = [f"participant_id\t{header}", *(f"sub-{number}\t{row}" for number, row in enumerate(rows, 1))]
    (raw / "participants.tsv").write_text("\n".join(lines) + "\n")
    if description:
        (raw / "participants.json").write_text(json.dumps(description))
    read = people(raw, **options)
    assert read[["subject", "sex"]].equals(clean[["subject", "sex"]])
    np.testing.assert_allclose(read["age_years"], clean["age_years"], rtol=1e-12)
    without_scans = read_cohort(raw, scans=False, source_format=SourceFormat(**options)).table
    assert without_scans[["subject", "sex", "age_years"]].equals(read)


def test_ages_that_may_be_restricted_are_not_repeated(raw, tmp_path, refused):
    hidden = tmp_path / "restricted.csv"
    hidden.write_text("Subject,Age_in_Yrs,Family_ID\nsub-1,25,a\nsub-2,30,b\nsub-3,40,c\n")
    listing = raw / "participants.tsv"
    for ages in (("271", "272", "273"), ("27x", "272", "27")):
        rows = "".join(f"sub-{number}\t{age}\tF\n" for number, age in enumerate(ages, 1))
        listing.write_text(f"participant_id\tage\tsex\n{rows}")
        assert "27" not in str(refused("expected years between", raw, restricted=hidden)).replace(
            str(tmp_path), ""
        )
        assert "27" in str(refused("expected years between", raw)).replace(str(tmp_path), "")


def derive(raw, scan, name="fmriprep"):
    """Write what fMRIPrep does for the three people: native, MNI, masks and tissues."""
    root = raw / "derivatives" / name
    for number in "123":
        anat = root / f"sub-{number}" / "anat"
        for space in ("", "space-MNI152NLin2009cAsym_"):
            for end in ("desc-preproc_T1w", "desc-brain_mask", "dseg", "label-GM_probseg"):
                scan(anat / f"sub-{number}_{space}{end}.nii.gz", int(number))
    said = {
        "Name": "fMRIPrep",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "fMRIPrep", "Version": "23.2"}],
    }
    (root / "dataset_description.json").write_text(json.dumps(said))
    return root


def test_a_derivative_gives_one_native_image_a_person(raw, scan):
    clean = people(raw)
    root = derive(raw, scan)
    cohort = read_cohort(root)
    names = [Path(image).name for image in cohort.table["image"]]
    assert names == [f"sub-{number}_desc-preproc_T1w.nii.gz" for number in "123"]
    assert cohort.table[["subject", "sex", "age_years"]].equals(clean)
    assert set(cohort.table["session"]) == {""} and set(cohort.table["space"]) == {"native"}
    notes = "\n".join(cohort.notes)
    assert "a derivative of fMRIPrep 23.2" in notes and "that of the raw dataset is read" in notes
    assert "3 visits have several T1w scans; taken: desc-preproc (3); " in notes
    assert "left: space-MNI152NLin2009cAsym_desc-preproc (3)" in notes
    assert (
        "3 scans are desc-preproc, which fMRIPrep corrects and does not strip; 3 have a desc-brain_mask" in notes
    )
    # the raw dataset around it is as it was
    assert people(raw).equals(clean) and read_cohort(raw).notes == ()


def test_a_template_space_is_read_off_the_name(raw, scan, refused):
    root = derive(raw, scan)
    cohort = read_cohort(root, source_format=SourceFormat(select="space=MNI152NLin2009cAsym"))
    assert set(cohort.table["space"]) == {"template"} and len(cohort) == 3
    assert any("3 of 3 scans are in a template's space" in note for note in cohort.notes)
    assert set(read_cohort(root, space="template").table["space"]) == {"template"}
    stated = read_cohort(root, space="native", source_format=SourceFormat(select="space=MNI152NLin2009cAsym"))
    assert set(stated.table["space"]) == {"native"} and not any(
        "template's space" in note for note in stated.notes
    )
    anat = root / "sub-3" / "anat"
    for path in anat.glob("*_T1w.nii.gz"):
        path.unlink()
    scan(anat / "sub-3_space-OASIS30ANTs_desc-preproc_T1w.nii.gz")
    assert "found space-OASIS30ANTs (--space" in str(refused("head's own space or MNI's", root))
    assert read_cohort(root, space="native").table["space"].tolist() == ["native"] * 3


def test_a_derivative_without_people_of_its_own_or_around_it(raw, scan, tmp_path):
    root = derive(raw, scan).rename(tmp_path / "elsewhere")
    cohort = read_cohort(root)
    assert set(cohort.table["sex"]) == {""} and any("no participants.tsv, so sex" in note for note in cohort.notes)


def test_a_subset_was_derived(raw, scan):
    root = derive(raw, scan)
    for path in sorted((root / "sub-2").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (root / "sub-2").rmdir()
    cohort = read_cohort(root)
    assert cohort.table["subject"].tolist() == ["sub-1", "sub-3"]
    assert any("1 of 3 people" in note and "have no folder: left out" in note for note in cohort.notes)


def test_names_that_are_not_bidss_are_read_after_those_that_are(raw, scan):
    clean = read_cohort(raw)
    scan(raw / "sub-1" / "anat" / "sub-1_defaced_T1w.nii.gz")
    scan(raw / "sub-2" / "anat" / "T1w.nii.gz")
    (raw / "sub-3" / "anat" / "sub-3_T1w.nii.gz").rename(raw / "sub-3" / "anat" / "mprage_T1w.nii.gz")
    (raw / "sub-3" / "ses-1").mkdir()
    (raw / "sub-3" / "ses-1" / "anat").touch()
    cohort = read_cohort(raw)
    assert cohort.table["image"].tolist()[:2] == clean.table["image"].tolist()[:2]
    assert cohort.table["image"][2].endswith("mprage_T1w.nii.gz") and "2 visits have several" in cohort.notes[0]


def test_a_name_of_someone_else_is_refused(raw, scan, refused):
    scan(raw / "sub-1" / "anat" / "sub-2_T1w.nii.gz")
    assert "expected a name of sub-1, found 'sub-2_T1w.nii.gz'" in str(refused("skip-bad", raw))


@pytest.fixture
def longitudinal(tmp_path, scan):
    root = tmp_path / "long"
    for number, session in (("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")):
        scan(root / f"sub-{number}" / f"ses-{session}" / "anat" / f"sub-{number}_ses-{session}_T1w.nii.gz")
    return root


LONGITUDINAL = [("sub-1", "ses-1", "M", 25.0), ("sub-1", "ses-2", "M", 27.5)]
LONGITUDINAL += [("sub-2", "ses-1", "F", 30.0), ("sub-2", "ses-2", "F", 32.0)]


def rows(cohort):
    return list(cohort.table[["subject", "session", "sex", "age_years"]].itertuples(index=False, name=None))


def test_a_row_a_session(longitudinal, refused):
    listing = longitudinal / "participants.tsv"
    text = "participant_id\tsession_id\tage\tsex\nsub-1\tses-1\t25\tM\nsub-1\tses-2\t27.5\tM\n"
    listing.write_text(text + "sub-2\t01\t30\tF\nsub-2\t2\t32\tF\n")
    assert rows(read_cohort(longitudinal)) == LONGITUDINAL
    assert read_cohort(longitudinal).groups().tolist() == [0, 0, 1, 1]
    assert read_cohort(longitudinal).notes == ()
    listing.write_text(listing.read_text() + "sub-2\tses-3\t34\tF\n")
    assert "1 rows of" in read_cohort(longitudinal).notes[0] and rows(read_cohort(longitudinal)) == LONGITUDINAL
    listing.write_text(text + "sub-2\tses-1\t30\tF\nsub-2\tses-3\t32\tF\n")
    assert "expected a row for session ses-2, found rows for 1, 3" in str(refused("skip-bad", longitudinal))
    listing.write_text(text + "sub-1\tses-2\t28\tM\nsub-2\t1\t30\tF\nsub-2\t2\t32\tF\n")
    assert "line 4: subject 'sub-1': duplicate subject at session 'ses-2'" in str(
        refused("skip-bad", longitudinal)
    )
    listing.write_text(text.replace("session_id", "note") + "sub-2\t2\t32\tF\n")
    assert "duplicate subject (several rows of one person need a column session_id)" in str(
        refused("skip-bad", longitudinal)
    )


def test_tables_of_sessions(longitudinal, refused):
    (longitudinal / "participants.tsv").write_text("participant_id\tage\tsex\nsub-1\t25\tM\nsub-2\t30\tF\n")
    clean = read_cohort(longitudinal)
    assert [row[3] for row in rows(clean)] == [25.0, 25.0, 30.0, 30.0]
    assert any("2 people have several sessions and one age" in note for note in clean.notes)
    for number, ages in (("1", (300, 330)), ("2", (360, 384))):
        path = longitudinal / f"sub-{number}" / f"sub-{number}_sessions.tsv"
        path.write_text(f"session_id\tacq_time\tage\nses-1\tn/a\t{ages[0]}\nses-2\tn/a\t{ages[1]}\n")
    error = refused("found 300 to 384; the middle one would be", longitudinal, skip_bad=True)
    assert "column 'age' of the tables of sessions: expected years between 0 and 120" in str(error)
    (longitudinal / "sessions.json").write_text('{"age": {"Units": "months"}}')
    cohort = read_cohort(longitudinal)
    assert rows(cohort) == LONGITUDINAL
    assert not any("one age" in note for note in cohort.notes)


def test_a_derivative_has_the_ages_of_the_raw_datasets_sessions(longitudinal, scan):
    (longitudinal / "participants.tsv").write_text("participant_id\tage\tsex\nsub-1\t25\tM\nsub-2\t30\tF\n")
    for number in "12":
        ages = [row for row in LONGITUDINAL if row[0] == f"sub-{number}"]
        lines = "".join(f"{session}\t{age}\n" for _, session, _, age in ages)
        path = longitudinal / f"sub-{number}" / f"sub-{number}_sessions.tsv"
        path.write_text(f"session_id\tage\n{lines}")
    root = longitudinal / "derivatives" / "smriprep"
    for name, session, _, _ in LONGITUDINAL:
        scan(root / name / session / "anat" / f"{name}_{session}_desc-preproc_T1w.nii.gz")
    assert rows(read_cohort(root)) == rows(read_cohort(longitudinal)) == LONGITUDINAL


def test_a_session_that_its_table_leaves_out_has_no_age(longitudinal):
    (longitudinal / "participants.tsv").write_text("participant_id\tage\tsex\nsub-1\t25\tM\nsub-2\t30\tF\n")
    path = longitudinal / "sub-1" / "sub-1_sessions.tsv"
    path.write_text("session_id\tage\tsex\nses-1\t25\tn/a\n")
    table = read_cohort(longitudinal).table
    assert table["age_years"].tolist()[0] == 25 and np.isnan(table["age_years"][1])
    assert table["sex"].tolist() == ["M", "M", "F", "F"]


def test_one_table_of_sessions_and_an_age_under_its_own_name(longitudinal, refused):
    (longitudinal / "participants.tsv").write_text(
        "participant_id\tgender\tbirth_age\nsub-1\tM\t39\nsub-2\tF\t40\n"
    )
    lines = [f"{name}\t{session}\t{age * 12}" for name, session, _, age in LONGITUDINAL]
    (longitudinal / "sessions.tsv").write_text("\n".join(["participant_id\tsession_id\tscan_age", *lines]) + "\n")
    refused("'scan_age': expected a stated unit", longitudinal)
    assert rows(read_cohort(longitudinal, source_format=SourceFormat(age_unit="months"))) == LONGITUDINAL
    options = SourceFormat(age_unit="months", columns={"age": "scan_age"})
    assert rows(read_cohort(longitudinal, source_format=options)) == LONGITUDINAL
    refused(
        "no column for the age: expected gone", longitudinal, source_format=SourceFormat(columns={"age": "gone"})
    )
    (longitudinal / "participants.tsv").unlink()
    refused(
        "found no such file", longitudinal, source_format=SourceFormat(columns={"sex": "gender"}, age_unit="d")
    )


def test_participants_that_a_spreadsheet_respelled_are_found(tmp_path, scan):
    for name in ("sub-01", "sub-02", "sub-A1"):
        scan(tmp_path / "bids" / name / "anat" / f"{name}_T1w.nii.gz", len(name))
    listing = tmp_path / "bids" / "participants.tsv"
    listing.write_text("participant_id\tsex\tage\nsub-01\tF\t20\nsub-02\tM\t21\nsub-A1\tF\t22\n")
    expected = read_cohort(tmp_path / "bids").table
    listing.write_text("participant_id\tsex\tage\n1.0\tF\t20\n2\tM\t21\na1\tF\t22\n")
    cohort = read_cohort(tmp_path / "bids")
    assert cohort.table.equals(expected)
    assert any("3 participants are spelled otherwise" in note for note in cohort.notes)
