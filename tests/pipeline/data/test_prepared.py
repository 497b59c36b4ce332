"""A prepared folder, read: one row order, whole groups in each part, and nothing half there."""

import json

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import LeakError, Prepared, Recipe, datalist, prepare, read_cohort
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridMismatchError, GridSpec


def corner_chain(recipe, space):
    """Stand in for t1w_chain: the scan's first 8³ voxels."""

    def chain(data):
        volume = np.asarray(nib.load(data["image"]).dataobj, dtype=np.float32)[:8, :8, :8]
        return {"image": volume[None], "head_size": float(volume.sum())}

    return chain


@pytest.fixture
def run(tiny_grid, tmp_path):
    return lambda cohort: prepare(
        cohort, Recipe(tiny_grid, factory=corner_chain), tmp_path / "out", progress=False
    )


def test_the_split_holds_families_together(hcp, run, tmp_path):
    prepared = run(read_cohort(hcp))
    groups = prepared.cohort.groups()
    parts = [set(groups[prepared.split(name)]) for name in ("train", "val", "test")]
    assert sum(map(len, parts)) == len(set(groups)) == 12 and all(parts)
    lists = [datalist(tmp_path / "out", name) for name in ("train", "val", "test")]
    assert [len(rows) for rows in lists] == [len(prepared.split(name)) for name in ("train", "val", "test")]
    assert sorted(lists[0] + lists[1] + lists[2], key=str) == sorted(prepared.datalist(), key=str)
    assert datalist(tmp_path / "out") == prepared.datalist()
    with pytest.raises(UserError, match="train, val, test"):
        datalist(tmp_path / "out", "training")


def test_a_leak_written_into_the_table_is_found_on_loading(hcp, run, tmp_path):
    run(read_cohort(hcp))
    table = tmp_path / "out" / "cohort.csv"
    lines = table.read_text().splitlines()
    split = lines[1].rsplit(",", 1)[1]
    lines[1] = lines[1].removesuffix(split) + ("test" if split == "train" else "train")
    table.write_text("\n".join(lines))
    with pytest.raises(LeakError, match="1 of 12 groups straddle"):
        Prepared.load(tmp_path / "out")


def test_few_people_are_all_train(hcp, run):
    assert set(run(read_cohort(hcp).subset([0, 1])).table["split"]) == {"train"}


def test_what_is_no_prepared_folder(tmp_path):
    with pytest.raises(UserError, match="not a prepared folder"):
        Prepared.load(tmp_path)


def test_a_volume_that_is_gone_is_said_on_loading(hcp, run, tmp_path):
    run(read_cohort(hcp).subset(range(3)))
    (tmp_path / "out/images/000002.nii.gz").unlink()
    with pytest.raises(UserError, match="1 of 3 volumes are gone"):
        Prepared.load(tmp_path / "out")


def test_what_is_loaded_is_what_was_prepared_on_the_grid_that_is_expected(hcp, run, tmp_path, tiny_grid):
    prepared = run(read_cohort(hcp).subset([3, 1, 2]))
    again = Prepared.load(tmp_path / "out", expect_grid=tiny_grid)
    assert again.table.equals(prepared.table) and again.fingerprint == tiny_grid.fingerprint
    np.testing.assert_array_equal(again.volumes([2, 0]), prepared.volumes()[[2, 0]])
    assert again.summary()["grid"]["fingerprint"] == tiny_grid.fingerprint and again.summary()["n"] == 3
    with pytest.raises(GridMismatchError):
        Prepared.load(tmp_path / "out", expect_grid=GridSpec("tiny", (8, 8, 8), 20.0))


def test_a_folder_of_another_format_or_unfinished_is_refused(hcp, run, tmp_path):
    run(read_cohort(hcp).subset([0, 1, 2]))
    marker = tmp_path / "out" / "prepared.json"
    content = json.loads(marker.read_text())
    for change, match in (({"format": "other"}, "expected format"), ({"complete": False}, "did not end")):
        marker.write_text(json.dumps(content | change))
        with pytest.raises(UserError, match=match):
            Prepared.load(tmp_path / "out")
    marker.write_text("{")
    with pytest.raises(UserError, match="expected JSON"):
        datalist(tmp_path / "out")


def test_a_folder_from_before_orientation_was_checked_is_read(hcp, run):
    prepared = run(read_cohort(hcp))
    table = prepared.folder / "cohort.csv"
    frame = pd.read_csv(table, dtype=str, keep_default_na=False)
    frame.drop(columns=["orientation", "intensity_form"]).to_csv(table, index=False)
    loaded = Prepared.load(prepared.folder)
    assert (loaded.table[["orientation", "intensity_form"]] == "").all(axis=None)
    assert loaded.notes() == []


def test_sessions_are_listed_by_subject_and_session_and_never_parted(run, scan, tmp_path):
    for row in range(24):
        scan(tmp_path / f"{row}.nii.gz", row)
    rows = [f"{row}.nii.gz,{row // 2}_ses-{row % 2 + 1}" for row in range(24)]
    (tmp_path / "scans.csv").write_text("\n".join(["path,subject", *rows]))
    prepared = run(read_cohort(tmp_path / "scans.csv"))
    items = {name: datalist(tmp_path / "out", name) for name in ("train", "val", "test")}
    assert sorted((item["subject"], item["session"]) for part in items.values() for item in part) == sorted(
        (str(row // 2), f"ses-{row % 2 + 1}") for row in range(24)
    )
    assert sum(len({item["subject"] for item in part}) for part in items.values()) == 12 and all(items.values())
    assert [(item["subject"], item["session"]) for item in prepared.datalist()] == prepared.cohort.scan_keys


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        ({"grid": None}, r"prepared\.json: expected an entry 'grid'"),
        ({"grid": {"name": "x"}}, r"prepared\.json: expected a grid"),
        ({"grid": {"name": "x", "shape": [0, 1], "spacing": "wide"}}, r"prepared\.json: expected a grid"),
        ({"complete": "yes"}, "expected an entry 'complete'"),
        ({"fingerprint": 3}, "expected an entry 'fingerprint'"),
    ],
)
def test_a_marker_that_was_changed_is_refused_by_its_name(hcp, run, tmp_path, entry, match):
    run(read_cohort(hcp).subset([0, 1, 2]))
    marker = tmp_path / "out" / "prepared.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | entry))
    with pytest.raises(UserError, match=match):
        Prepared.load(tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda table: table.drop(columns="split"), "expected a column 'split'"),
        (lambda table: table.drop(columns="file"), "expected a column 'file'"),
        (lambda table: table.drop(columns="head_size"), "expected a column 'head_size'"),
        (lambda table: table.assign(head_size="large"), "column head_size: expected numbers, found 'large'"),
        (lambda table: table.assign(split="holdout"), "expected split train, val, test, found 'holdout'"),
        (lambda table: table.assign(file="../out/images/000000.nii.gz"), "expected volumes in images/"),
        (lambda table: table.assign(file="/etc/hostname"), "expected volumes in images/"),
        (lambda table: table.assign(file="images/../images/000000.nii.gz"), "expected volumes in images/"),
    ],
)
def test_a_table_that_was_changed_is_refused_by_its_name(hcp, run, tmp_path, change, match):
    run(read_cohort(hcp).subset([0, 1, 2]))
    path = tmp_path / "out" / "cohort.csv"
    change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)
    with pytest.raises(UserError, match=f"cohort\\.csv: {match}"):
        Prepared.load(tmp_path / "out")
