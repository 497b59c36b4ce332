"""A file is there whole or not at all."""

import json
import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainaging.pipeline.runtime import atomic_output, write_json, write_text


def test_the_name_that_is_written_to_keeps_every_suffix_and_stands_in_a_folder_that_is_made(tmp_path):
    with atomic_output(tmp_path / "new" / "scan.nii.gz") as temporary:
        assert temporary.parent == tmp_path / "new"
        assert temporary.suffixes == [".nii", ".gz"]
        temporary.write_bytes(b"scan")
        assert not (tmp_path / "new" / "scan.nii.gz").exists()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["scan.nii.gz"]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, stop):
    (tmp_path / "table.csv").write_text("old")

    def write_half():
        with atomic_output(tmp_path / "table.csv") as temporary:
            temporary.write_text("half")
            raise stop

    with pytest.raises(stop):
        write_half()
    assert (tmp_path / "table.csv").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_output(tmp_path / "table.csv"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_two_writers_of_one_file_never_share_a_temporary_name(tmp_path):
    with atomic_output(tmp_path / "a") as one, atomic_output(tmp_path / "a") as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert (tmp_path / "a").read_text() == "one"


def test_what_a_killed_writer_left_is_removed_by_the_next_and_a_living_writers_is_not(tmp_path):
    program = (
        "import os, sys; from brainaging.pipeline.runtime import atomic_output\n"
        "with atomic_output(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, tmp_path / "a"], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = [path.name for path in tmp_path.iterdir()]
    assert len(left) == 1 and left[0].startswith(".tmp-") and left[0].endswith("-a")
    with atomic_output(tmp_path / "a") as living:
        living.write_text("living")
        write_text(tmp_path / "a", "quicker")
        assert [path.name for path in sorted(tmp_path.iterdir())] == [living.name, "a"]
    assert (tmp_path / "a").read_text() == "living"
    assert len(list(tmp_path.iterdir())) == 1


def test_another_files_temporaries_are_nobodys_business(tmp_path):
    others = (".tmp-01234567-ab", ".tmp-01234567-a.csv", ".tmp-mine-a", "tmp-01234567-a")
    for name in others:
        (tmp_path / name).write_text("other")
    (tmp_path / ".tmp-01234567-[a]*").write_text("half")
    write_text(tmp_path / "[a]*", "whole")
    assert {path.name for path in tmp_path.iterdir()} == {*others, "[a]*"}


def test_an_empty_file_is_written_and_a_writers_own_rename_is_kept(tmp_path):
    write_text(tmp_path / "empty", "")
    assert (tmp_path / "empty").read_bytes() == b""
    with atomic_output(tmp_path / "renamed") as temporary:
        (tmp_path / "own").write_text("own")
        (tmp_path / "own").replace(temporary)
    assert (tmp_path / "renamed").read_text() == "own"


def test_rights_are_those_of_any_new_file(tmp_path):
    write_text(tmp_path / "a", "")
    (tmp_path / "b").write_text("")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_json_is_read_back_as_it_was(tmp_path, value):
    write_json(tmp_path / "facts.json", value)
    text = (tmp_path / "facts.json").read_text(encoding="utf-8")
    assert json.loads(text) == value
    assert text.endswith("\n")


def test_text_is_utf8(tmp_path):
    write_text(tmp_path / "note.txt", "Fréchet ± 1 µm")
    assert (tmp_path / "note.txt").read_bytes().decode("utf-8") == "Fréchet ± 1 µm"
