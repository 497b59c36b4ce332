from pathlib import Path

import pytest

from brainaging.pipeline.runtime import KeptWork, UserError
from brainaging.pipeline.runtime import kept_work as module

RECIPE = {"bundle": "gan", "grid": "t1w_32-0", "epochs": 3, "overrides": {"hidden": 8}}
CODE = ["brainaging.pipeline.runtime"]


def _finished(folder: Path) -> KeptWork:
    work = KeptWork(folder, RECIPE, CODE)
    (folder / "weights.pt").write_bytes(b"weights")
    (folder / "other.txt").write_bytes(b"no part of the work")
    work.finish("weights.pt")
    return work


def test_work_is_finished_once_it_is_said_to_be(tmp_path):
    work = KeptWork(tmp_path, RECIPE, CODE)
    (tmp_path / "weights.pt").write_bytes(b"half of the weights")
    for claimed in (work, KeptWork(tmp_path, RECIPE, CODE)):
        assert not claimed.finished
        assert claimed.files == []


def test_finished_work_is_read_back_with_its_files(tmp_path):
    _finished(tmp_path)
    again = KeptWork(tmp_path, RECIPE, CODE)
    assert again.finished
    assert again.files == [tmp_path / "weights.pt"]


def test_work_whose_file_is_gone_or_cut_is_not_finished(tmp_path):
    work = _finished(tmp_path)
    (tmp_path / "weights.pt").write_bytes(b"weig")
    assert not work.finished
    (tmp_path / "weights.pt").unlink()
    assert not work.finished


def test_a_file_that_was_never_written_cannot_be_finished(tmp_path):
    work = KeptWork(tmp_path, RECIPE, CODE)
    with pytest.raises(FileNotFoundError):
        work.finish("weights.pt")
    assert not work.finished


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grid": "t1w_48-0"}, "another grid"),
        ({"epochs": 4}, "another epochs: 3, now 4"),
        ({"overrides": {"hidden": 9}}, "another overrides"),
        ({"labels": "sex"}, "another labels"),
        ({"bundle": "vae", "epochs": 1}, "another bundle, another epochs"),
    ],
)
def test_another_recipes_folder_is_refused_in_one_line_and_left_as_it_was(tmp_path, change, message):
    _finished(tmp_path)
    with pytest.raises(UserError, match=message) as caught:
        KeptWork(tmp_path, RECIPE | change, CODE)
    assert "\n" not in str(caught.value)
    assert KeptWork(tmp_path, RECIPE, CODE).finished


def test_a_recipe_with_fewer_entries_is_another(tmp_path):
    _finished(tmp_path)
    with pytest.raises(UserError, match="another overrides"):
        KeptWork(tmp_path, {name: RECIPE[name] for name in ("bundle", "grid", "epochs")}, CODE)


def test_work_of_other_code_is_refused_and_the_message_says_what_to_do(tmp_path, monkeypatch):
    _finished(tmp_path)
    monkeypatch.setattr(module, "source_sha256", lambda *names: "other")
    with pytest.raises(UserError, match=r"other source code.*choose another --out, or remove the folder"):
        KeptWork(tmp_path, RECIPE, CODE)


def test_work_of_another_version_is_refused_by_both_versions(tmp_path, monkeypatch):
    _finished(tmp_path)
    monkeypatch.setattr(module, "version", lambda name: "9.9.9")
    with pytest.raises(UserError, match=r"of brain-aging \d.*, this is 9\.9\.9"):
        KeptWork(tmp_path, RECIPE, CODE)


@pytest.mark.parametrize("text", ["", "[]", '{"epochs": 3}'])
def test_a_marker_that_says_nothing_is_refused(tmp_path, text):
    (tmp_path / "recipe.json").write_text(text)
    with pytest.raises(UserError, match=r"recipe\.json is of an older version, or damaged"):
        KeptWork(tmp_path, RECIPE, CODE)
