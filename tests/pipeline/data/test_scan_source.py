"""Scans to read: a prepared folder, a folder of files, or one file; anything else is one line."""

import pytest

from brainaging.pipeline.data import ScanSource
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def scans(tmp_path):
    for name in ("b.nii.gz", "a.nii", "c.MGZ", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_files_of_a_folder_are_named_by_themselves_in_order(scans):
    source = ScanSource(str(scans), "template")
    assert source.space == "template"
    items = source.items()
    assert [item["subject"] for item in items] == ["a", "b", "c"]
    assert items[1]["image"] == str(scans / "b.nii.gz")
    assert {item["session"] for item in items} == {""}


def test_one_scan_is_one_item(scans):
    source = ScanSource(str(scans / "b.nii.gz"))
    assert source.space == "native"
    assert [item["subject"] for item in source.items()] == ["b"]


@pytest.mark.parametrize(
    ("name", "split", "message"),
    [
        ("none", None, "none: not a prepared folder, nor a scan or a folder of scans: no such file"),
        ("notes.txt", None, "expected .nii, .nii.gz or .mgz, found its name"),
        ("empty", None, "found no such file in it; BIDS and HCP folders go through"),
        ("b.nii.gz", "test", "expected a prepared folder to take split 'test' of, found scans"),
    ],
)
def test_what_is_no_scan_is_said_in_one_line(scans, name, split, message):
    (scans / "empty").mkdir()
    with pytest.raises(UserError, match=message):
        ScanSource(str(scans / name)).items(split)


def test_a_prepared_folder_s_scans_lie_on_a_grid_already(scans):
    (scans / "prepared.json").write_text("{}")
    assert ScanSource(str(scans)).space is None


def test_another_space_is_refused():
    with pytest.raises(UserError, match="expected native or template, found 'mars'"):
        ScanSource(".", "mars")
