"""A FreeSurfer subjects directory."""

from pathlib import Path

from brainaging.pipeline.data import read_cohort


def test_freesurfer(refused, tmp_path, scan):
    for name in ("bert", "sub-2", "fsaverage"):
        scan(tmp_path / "fs" / name / "mri" / "brain.mgz")
    (tmp_path / "fs" / "participants.tsv").write_text("participant_id\tsex\nbert\tM\nsub-2\tF\n")
    cohort = read_cohort(tmp_path / "fs")
    assert cohort.table[["subject", "sex"]].to_numpy().tolist() == [["bert", "M"], ["sub-2", "F"]]
    (tmp_path / "fs" / "sub-2" / "mri" / "brain.mgz").unlink()
    refused("no such file", tmp_path / "fs")


def test_freesurfer_mgz(shared_data: Path):
    cohort = read_cohort(shared_data / "freesurfer_mgz")
    assert cohort.table["subject"].tolist() == ["sub-0001", "sub-0002"]
    assert all(image.endswith("mri/brain.mgz") for image in cohort.table["image"])


def _longitudinal(root: Path, scan) -> Path:
    """Make a subjects directory as FreeSurfer's longitudinal stream leaves it: two people, three time points."""
    points = ("a_ses-1", "a_ses-2", "b_ses-1")
    for number, name in enumerate((*points, *(f"{point}.long.{point[0]}" for point in points), "a", "b", "c")):
        scan(root / name / "mri" / "brain.mgz", number)
    (root / "b" / "base-tps").write_text("b_ses-1\n")
    rows = ("a\tses-1\tF\t20", "a\tses-2\tF\t22.5", "b\tses-1\tM\t30", "c\tn/a\tM\t40")
    (root / "participants.tsv").write_text("\n".join(("participant_id\tsession_id\tsex\tage", *rows)))
    return root


def test_one_stream_of_every_time_point_by_subject_and_session(tmp_path, scan):
    cohort = read_cohort(_longitudinal(tmp_path / "fs", scan))
    assert cohort.scan_keys == [("a", "ses-1"), ("a", "ses-2"), ("b", "ses-1"), ("c", "")]
    assert [Path(image).parts[-3] for image in cohort.table["image"]] == [
        "a_ses-1.long.a",
        "a_ses-2.long.a",
        "b_ses-1.long.b",
        "c",
    ]
    assert cohort.table["age_years"].tolist() == [20, 22.5, 30, 40]
    assert cohort.groups().tolist() == [0, 0, 1, 2]
    assert sum("3 time points stand in two streams" in note for note in cohort.notes) == 1
    assert sum("2 base templates" in note for note in cohort.notes) == 1


def test_a_row_a_visit_may_be_told_by_the_id(tmp_path, scan):
    root = _longitudinal(tmp_path / "fs", scan)
    expected = read_cohort(root).table
    rows = ("sub-a_ses-1\tF\t20", "sub-a_ses-02\tF\t22.5", "B_ses-1\tM\t30", "c\tM\t40")
    (root / "participants.tsv").write_text("\n".join(("participant_id\tsex\tage", *rows)))
    assert read_cohort(root).table.equals(expected)


def test_one_age_of_several_sessions_is_said_and_another_sessions_is_refused(refused, tmp_path, scan):
    root = _longitudinal(tmp_path / "fs", scan)
    rows = ("a\tF\t20", "b\tM\t30", "c\tM\t40")
    (root / "participants.tsv").write_text("\n".join(("participant_id\tsex\tage", *rows)))
    cohort = read_cohort(root)
    assert cohort.table["age_years"].tolist() == [20, 20, 30, 40]
    assert any("1 people have several sessions and one age" in note for note in cohort.notes)
    rows = ("a\tses-1\tF\t20", "a\tses-3\tF\t20", "b\tses-1\tM\t30", "c\tn/a\tM\t40")
    (root / "participants.tsv").write_text("\n".join(("participant_id\tsession_id\tsex\tage", *rows)))
    refused("a_ses-2.long.a': expected a row of session ses-2, found rows of 1, 3", root)


def test_a_derivative_is_of_the_raw_datasets_people_at_their_sessions(tmp_path, scan):
    root = tmp_path / "bids" / "derivatives" / "freesurfer"
    for number, name in enumerate(
        ("sub-01_ses-1.long.sub-01", "sub-01_ses-2.long.sub-01", "sub-01", "sub-02_ses-1")
    ):
        scan(root / name / "mri" / "brain.mgz", number)
    (tmp_path / "bids" / "participants.tsv").write_text("participant_id\tsex\nsub-01\tF\nsub-02\tM\n")
    for name, ages in (("sub-01", "ses-1\t20\nses-2\t22"), ("sub-02", "ses-1\t30")):
        folder = tmp_path / "bids" / name
        folder.mkdir()
        (folder / f"{name}_sessions.tsv").write_text(f"session_id\tage\n{ages}\n")
    table = read_cohort(root).table
    assert table[["subject", "session", "sex", "age_years"]].to_numpy().tolist() == [
        ["sub-01", "ses-1", "F", 20.0],
        ["sub-01", "ses-2", "F", 22.0],
        ["sub-02", "ses-1", "M", 30.0],
    ]
