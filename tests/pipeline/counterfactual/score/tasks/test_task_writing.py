"""A task's folder: entrants see no truth, equal tasks are equal bytes, another's folder is not written into."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.edit_kinds import EDITS
from brainaging.pipeline.counterfactual.score.tasks.task_writing import Origin, write_task
from brainaging.pipeline.runtime import UserError

ORIGIN = Origin("tiny", 3, 1.12)


def content(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_entrants_see_who_is_asked_for_and_no_truth(task_folder, tiny_task):
    rows = list(csv.DictReader((task_folder / "edits.csv").open()))
    assert len(rows) == len(tiny_task) * len(tiny_task.edits)
    for row in rows:
        years = float(row["asked_age"]) - float(row["age"])
        assert years == pytest.approx(10.0 if row["edit"] == "age+10" else 0.0)
        assert (row["asked_sex"] == row["sex"]) == (row["edit"] == "age+10")
        assert row["asked_head_size_ml"] == row["head_size_ml"]
        assert row["file"] == f"{row['subject']}_{row['edit']}.nii.gz"
    people = list(csv.DictReader((task_folder / "participants.tsv").open(), delimiter="\t"))
    assert {row["part"] for row in people} == {"train", "held_out"}
    assert not {row["group"] for row in people if row["part"] == "train"} & {
        row["group"] for row in people if row["part"] == "held_out"
    }
    public = {name for name in content(task_folder) if not name.startswith("answers/")}
    scans = {f"{row['part']}/{row['participant_id']}.nii.gz" for row in people}
    assert public == scans | {"README.md", "task.json", "task_id.txt", "participants.tsv", "edits.csv"}
    readme = (task_folder / "README.md").read_text()
    assert "$" not in readme
    assert "32 × 32 × 32 voxels of 6 mm" in readme


def test_the_same_task_is_the_same_bytes_and_may_be_written_again(task_folder, tiny_task, entrants, tmp_path):
    write_task(tmp_path / "again", tiny_task, **entrants, origin=ORIGIN)
    assert content(tmp_path / "again") == content(task_folder)
    write_task(tmp_path / "again", tiny_task, **entrants, origin=ORIGIN)
    assert content(tmp_path / "again") == content(task_folder)


def test_another_task_s_folder_and_others_files_are_left_alone(task_folder, tiny_task, entrants, tmp_path):
    copy = shutil.copytree(task_folder, tmp_path / "copy")
    older = replace(entrants["held_out"], people=entrants["held_out"].people.older(1))
    with pytest.raises(UserError, match="holds another task"):
        write_task(copy, tiny_task, entrants["train"], older, ORIGIN)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UserError, match=r"found letter\.txt"):
        write_task(tmp_path / "mine", tiny_task, **entrants, origin=ORIGIN)
    with pytest.raises(UserError, match="found a file"):
        write_task(tmp_path / "mine" / "letter.txt", tiny_task, **entrants, origin=ORIGIN)


def test_a_larger_head_is_asked_for_with_the_other_sex(tiny_task, entrants, tmp_path):
    both = replace(
        tiny_task,
        edits=EDITS[-1:],
        true={EDITS[-1].name: tiny_task.true["sex"]},
        after_ml={EDITS[-1].name: tiny_task.before_ml},
    )
    write_task(tmp_path / "both", both, **entrants, origin=ORIGIN)
    for row in csv.DictReader((tmp_path / "both" / "edits.csv").open()):
        ratio = float(row["asked_head_size_ml"]) / float(row["head_size_ml"])
        assert np.isclose(ratio, 1.12 if row["asked_sex"] == "M" else 1 / 1.12, atol=1e-3)
