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
