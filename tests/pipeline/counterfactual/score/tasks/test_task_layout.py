"""Names of a task's files, and its record."""

import json

import pytest

from brainaging.pipeline.counterfactual.score.tasks.task_layout import TaskRecord, file_of, labels_of, scan_of
from brainaging.pipeline.runtime import UserError


def test_files_are_called_by_subject_and_edit():
    assert file_of("100", "age+10") == "100_age+10.nii.gz"
    assert (scan_of("100"), labels_of("100")) == ("100.nii.gz", "100_dseg.nii.gz")


@pytest.mark.parametrize("subject", ["../100", "", "a/b", "mean"])
def test_a_subject_that_is_a_path_is_refused(subject):
    with pytest.raises(UserError, match="subject"):
        file_of(subject, "sex")


def broken(task_folder, tmp_path, **entries):
    record = json.loads((task_folder / "task.json").read_text()) | entries
    (tmp_path / "task.json").write_text(json.dumps(record))
    return tmp_path


def test_a_record_that_is_none_is_refused_by_what_is_wrong(task_folder, tmp_path):
    assert TaskRecord.read(task_folder).cohort == "tiny"
    with pytest.raises(UserError, match=r"found no task\.json"):
        TaskRecord.read(tmp_path)
    for entries, says in (
        ({"edits": ["younger"]}, "found younger"),
        ({"grid": {"name": "x"}}, "expected a grid"),
        ({"format": "other"}, "expected format"),
        ({"seed": "one"}, "'seed'"),
    ):
        with pytest.raises(UserError, match=says):
            TaskRecord.read(broken(task_folder, tmp_path, **entries))
