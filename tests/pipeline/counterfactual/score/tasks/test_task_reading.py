"""A task read back is the task that was written; answers that lack or are another's are refused."""

import json
import shutil

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.axis_scorer import AxisScorer
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED
from brainaging.pipeline.counterfactual.score.tasks.task_reading import read_task
from brainaging.pipeline.results import Scoring
from brainaging.pipeline.runtime import UserError


def test_what_was_written_is_read_and_gives_the_same_numbers(task_folder, tiny_task):
    record, task = read_task(task_folder)
    assert record.id == (task_folder / "task_id.txt").read_text().strip()
    assert list(task.subjects) == list(tiny_task.subjects)
    assert task.edits == tiny_task.edits
    for name in ("scans", "labels", "before_ml", "male"):
        np.testing.assert_array_equal(getattr(task, name), getattr(tiny_task, name))
    for edit in task.edits:
        np.testing.assert_array_equal(task.true[edit.name], tiny_task.true[edit.name])
        np.testing.assert_array_equal(task.after_ml[edit.name], tiny_task.after_ml[edit.name])
    written, read = (
        AxisScorer(each, Scoring("tiny", "T1w", 0, np.arange(4), 20)).validation(AGED)
        for each in (tiny_task, task)
    )
    # ages are written to six digits, and all else in full
    assert [(f.structure, f.metric) for f in written] == [(f.structure, f.metric) for f in read]
    np.testing.assert_allclose([f.value for f in written], [f.value for f in read], atol=1e-5)


def test_answers_that_lack_or_are_another_task_s_are_refused(task_folder, tmp_path):
    public = shutil.copytree(task_folder, tmp_path / "public", ignore=shutil.ignore_patterns("answers"))
    with pytest.raises(UserError, match=r"expected the task's answers in answers/, found none"):
        read_task(public)
    shutil.copytree(task_folder / "answers", public / "answers")
    marker = public / "answers" / "answers.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"id": "another"}))
    with pytest.raises(UserError, match="found those of another"):
        read_task(public)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("answers/structure_volumes.csv", "expected the columns"),
        ("answers/readers.npz", "expected the task's readers"),
        ("participants.tsv", "expected the columns"),
    ],
)
def test_a_broken_file_is_named(task_folder, tmp_path, file, says):
    copy = shutil.copytree(task_folder, tmp_path / "copy")
    (copy / file).write_text("nothing\n")
    with pytest.raises(UserError, match=says) as caught:
        read_task(copy)
    assert file.rpartition("/")[2] in str(caught.value)


def test_images_that_are_gone_are_counted(task_folder, tmp_path):
    copy = shutil.copytree(task_folder, tmp_path / "copy")
    for image in (copy / "answers" / "true_images").glob("*_sex.nii.gz"):
        image.unlink()
    with pytest.raises(UserError, match="4 of 4 images are gone"):
        read_task(copy)
    shutil.rmtree(copy)
    shutil.copytree(task_folder, copy)
    label = next((copy / "answers" / "structures").iterdir())
    label.write_bytes(b"none")
    with pytest.raises(UserError, match="expected the structures of a person"):
        read_task(copy)
