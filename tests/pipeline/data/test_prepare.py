"""Prepare: resumable, never stale, all bad scans at once, and nothing restricted in any byte."""

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import nibabel as nib
import numpy as np
import pytest
from filelock import FileLock

from brainaging.pipeline.data import (
    CohortError,
    DiskFullError,
    Prepared,
    Recipe,
    datalist,
    prepare,
    read_cohort,
)
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridMismatchError, GridSpec, ScanError, template_volume

calls: list[str] = []


def corner_chain(recipe, space):
    """Stand in for t1w_chain: the scan's first 8³ voxels; a scan with a NaN is bad."""

    def chain(data):
        calls.append(data["image"])
        volume = np.asarray(nib.load(data["image"]).dataobj, dtype=np.float32)[:8, :8, :8]
        if np.isnan(volume).any():
            raise ScanError(f"{data['image']}: expected finite intensities, found NaN")
        return {"image": volume[None], "head_size": float(volume.sum())}

    return chain


@pytest.fixture(autouse=True)
def _no_calls():
    calls.clear()


@pytest.fixture
def run(tiny_grid, tmp_path):
    def prepared(cohort, out=None, **options):
        recipe = Recipe(
            options.pop("grid", tiny_grid), options.pop("n4", False), None, options.pop("chain", corner_chain)
        )
        return prepare(cohort, recipe, out or tmp_path / "out", **({"progress": False} | options))

    return prepared


def _spoil(path):
    image = nib.load(path)
    volume = np.asarray(image.dataobj).copy()
    volume[0, 0, 0] = np.nan
    nib.save(nib.Nifti1Image(volume, image.affine), path)


def test_rows_volumes_and_covariates_stand_in_one_order(hcp, run):
    cohort = read_cohort(hcp).subset([5, 2, 9, 0])
    prepared = run(cohort)
    assert prepared.table["subject"].tolist() == ["100005", "100002", "100009", "100000"]
    own = [np.asarray(nib.load(image).dataobj)[:8, :8, :8] for image in cohort.table["image"]]
    np.testing.assert_array_equal(prepared.volumes(), own)
    np.testing.assert_array_equal(prepared.volumes([2, 0]), [own[2], own[0]])
    np.testing.assert_allclose(prepared.head_size, [volume.sum() for volume in own])
    assert np.isnan(prepared.table["template_dice"]).all()
    assert prepared.cohort.digest == cohort.digest
    assert [file.name for file in prepared.files] == [f"{number:06d}.nii.gz" for number in range(4)]


def test_no_restricted_value_in_any_byte(hcp, run, tmp_path, canaries, capfd):
    _spoil(hcp / "100001" / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz")
    cohort = read_cohort(hcp)
    cohort.write(tmp_path / "out0" / "cohort.csv")
    with pytest.raises(CohortError) as caught:
        run(cohort, progress=True)
    prepared = run(cohort, skip_bad=True, progress=True)
    assert prepared.cohort.age_years()[0] == 27.3141  # in memory it is known
    seen = [str(caught.value).encode(), "".join(capfd.readouterr()).encode(), repr(prepared).encode()]
    for folder in (tmp_path / "out", tmp_path / "out0"):
        for path in folder.rglob("*"):
            seen.append(str(path).encode())
            if path.is_file():
                seen.append(path.read_bytes())
                seen.append(gzip.decompress(seen[-1]) if path.suffix == ".gz" else b"")
    assert len(seen) > 24
    for content in seen:
        assert not any(canary.encode() in content for canary in canaries)


def test_nothing_is_done_twice(hcp, run):
    cohort = read_cohort(hcp).subset(range(6))
    first = run(cohort)
    assert len(calls) == 6
    second = run(cohort)
    assert len(calls) == 6
    assert first.table.equals(second.table)


def test_a_changed_source_is_prepared_again(hcp, run, scan):
    cohort = read_cohort(hcp).subset(range(4))
    before = run(cohort).volumes()
    scan(hcp / "100002" / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz", 99)
    after = run(cohort).volumes()
    assert calls[4:] == [cohort.table["image"][2]]
    assert (before == after).all(axis=(1, 2, 3)).tolist() == [True, True, False, True]


@pytest.mark.parametrize("harm", ["truncate", "flip", "remove", "no record", "half record"])
def test_a_volume_that_is_not_as_written_is_prepared_again(hcp, run, tmp_path, harm):
    cohort = read_cohort(hcp).subset(range(3))
    before = run(cohort).volumes()
    volume, record = tmp_path / "out/images/000001.nii.gz", tmp_path / "out/records/000001.json"
    content = volume.read_bytes()
    if harm == "truncate":
        volume.write_bytes(content[: len(content) // 2])
    elif harm == "flip":
        volume.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    elif harm == "remove":
        volume.unlink()
    elif harm == "no record":
        record.unlink()
    else:
        record.write_text(record.read_text()[:20])
    np.testing.assert_array_equal(run(cohort).volumes(), before)
    assert calls[3:] == [cohort.table["image"][1]]


def test_another_grid_or_option_is_refused_and_says_which(hcp, run, tiny_grid, tmp_path, monkeypatch):
    cohort = read_cohort(hcp).subset(range(3))
    run(cohort)
    other = GridSpec("tiny", (8, 8, 8), 20.0)
    with pytest.raises(UserError, match="prepared otherwise") as caught:
        run(cohort, grid=other)
    assert tiny_grid.fingerprint in str(caught.value) and other.fingerprint in str(caught.value)
    with pytest.raises(UserError, match="n4 False, now True"):
        run(cohort, n4=True)
    with monkeypatch.context() as changed:
        changed.setattr("brainaging.pipeline.data.recipe.source_sha256", lambda *names: "changed")
        with pytest.raises(UserError, match="by other source code"):
            run(cohort)
    assert Prepared.load(tmp_path / "out", expect_grid=tiny_grid).grid == tiny_grid
    with pytest.raises(GridMismatchError):
        Prepared.load(tmp_path / "out", expect_grid=other)
    assert run(cohort, grid=other, overwrite=True).grid == other
    assert len(calls) == 6


def test_a_folder_that_is_not_ours_is_left_alone(hcp, run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("dear")
    with pytest.raises(UserError, match="not empty"):
        run(read_cohort(hcp))
    assert (tmp_path / "out" / "thesis.txt").read_text() == "dear"


def test_the_log_of_a_run_that_was_refused_stands_in_nobodys_way(hcp, run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.log").write_text("reading table.csv\n")
    assert len(run(read_cohort(hcp).subset(range(2)))) == 2
    assert (tmp_path / "out" / "run.log").read_text() == "reading table.csv\n"


def test_a_cohort_that_changed_keeps_what_is_finished(hcp, run, tmp_path):
    cohort = read_cohort(hcp)
    run(cohort.subset(range(1, 7)))
    prepared = run(cohort.subset([0, 3, 4, 5]))
    assert len(calls) == 7
    assert prepared.table["subject"].tolist() == ["100000", "100003", "100004", "100005"]
    np.testing.assert_array_equal(
        prepared.volumes()[0], np.asarray(nib.load(cohort.table["image"][0]).dataobj)[:8, :8, :8]
    )
    assert len(list((tmp_path / "out" / "images").iterdir())) == 4


def test_all_bad_scans_at_once_and_the_rest_is_kept(hcp, run, tmp_path):
    scans = [hcp / str(100000 + n) / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz" for n in range(24)]
    cohort = read_cohort(hcp)
    _spoil(scans[1])
    _spoil(scans[8])
    scans[9].unlink()
    with pytest.raises(CohortError) as caught:
        run(cohort)
    problems = caught.value.problems
    assert len(problems) == 3 and all("\n" not in problem for problem in problems)
    assert {number for number in ("100001", "100008", "100009") if any(number in p for p in problems)} == {
        "100001", "100008", "100009"
    }  # fmt: skip
    assert "21 scans are prepared and kept" in str(caught.value)
    with pytest.raises(UserError, match="did not end"):
        Prepared.load(tmp_path / "out")
    with pytest.raises(UserError, match="did not end"):
        datalist(tmp_path / "out")
    done = len(calls)
    prepared = run(cohort, skip_bad=True)
    assert len(calls) == done + 2  # the bad ones only are tried again
    assert len(prepared) == 21 and set(prepared.cohort.excluded["subject"]) == {"100001", "100008", "100009"}
    assert (tmp_path / "out" / "excluded.csv").read_text().count("\n") == 4
    assert "100008" in (tmp_path / "out" / "prepare.log").read_text()


def turning_chain(recipe, space):
    """Stand in for t1w_chain with a scan whose header is wrong: 100001's."""

    def chain(data):
        wrong = "100001" in data["image"]
        if wrong and recipe.orientation != "fix":
            raise ScanError(f"{data['image']}: expected a brain that lies as its header says (LAS)")
        return corner_chain(recipe, space)(data) | {"orientation": "LAS→LPS" if wrong else ""}

    return chain


def test_what_was_mended_stands_in_the_table_and_is_kept_while_mending_is_asked_for(hcp, tiny_grid, tmp_path):
    cohort = read_cohort(hcp).subset([0, 1, 2])
    out = tmp_path / "out"
    recipes = {
        rule: Recipe(tiny_grid, factory=turning_chain, orientation=rule) for rule in ("check", "fix", "trust")
    }
    with pytest.raises(CohortError, match="lies as its header says"):
        prepare(cohort, recipes["check"], out, progress=False)
    calls.clear()
    prepared = prepare(cohort, recipes["fix"], out, progress=False)
    assert len(calls) == 1  # what lies as its header says was kept
    assert prepared.table["orientation"].tolist() == ["", "LAS→LPS", ""]
    (note,) = prepared.notes()
    assert note.startswith("1 of 3 scans: orientation mended (")
    assert note.endswith(": LAS→LPS); see column orientation")
    assert "000001.nii.gz orientation mended: LAS→LPS" in (out / "prepare.log").read_text(encoding="utf-8")
    with pytest.raises(CohortError, match="lies as its header says"):
        prepare(cohort, recipes["check"], out, progress=False)
    with pytest.raises(UserError, match="orientation 'checked', now 'trusted'"):
        prepare(cohort, recipes["trust"], out, progress=False)


def test_exclusions_of_the_cohort_are_carried_on(hcp, run):
    csv = hcp / "unrestricted.csv"
    csv.write_text(csv.read_text().replace("100000,F,22-25", "100000,F,22-52"))
    assert run(read_cohort(hcp, skip_bad=True)).cohort.excluded["subject"].tolist() == ["100000"]


def test_a_bug_is_not_blamed_on_the_scan(hcp, run):
    def broken(recipe, space):
        return lambda data: data["imgae"]

    with pytest.raises(KeyError):
        run(read_cohort(hcp), skip_bad=True, chain=broken)


def test_a_wrong_shape_from_a_chain_is_refused(hcp, run):
    def small(recipe, space):
        return lambda data: {"image": np.zeros((1, 4, 4, 4))}

    with pytest.raises(CohortError, match=r"shape \(1, 4, 4, 4\)"):
        run(read_cohort(hcp).subset([0]), chain=small)


def test_two_at_once_are_told(hcp, run, tmp_path):
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out" / ".lock"), pytest.raises(UserError, match="another `prepare`"):
        run(read_cohort(hcp))


# --- a full disk


@contextmanager
def _small_disk(folder, size):
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_one_line_and_costs_nothing_finished(hcp, run, tmp_path):
    cohort = read_cohort(hcp)
    whole = run(cohort)
    with _small_disk(tmp_path / "small", "160k") as disk:
        with pytest.raises(DiskFullError) as caught:
            run(cohort, disk / "out")
        assert "no space left" in str(caught.value) and len(str(caught.value).splitlines()) == 1
        finished = len(list((disk / "out" / "records").glob("[0-9]*.json")))
        assert 0 < finished < 24 and f"{finished} of 24 scans are finished" in str(caught.value)
        with pytest.raises(UserError):
            Prepared.load(disk / "out")
        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        calls.clear()
        np.testing.assert_array_equal(run(cohort, disk / "out").volumes(), whole.volumes())
        assert len(calls) == 24 - finished


@pytest.mark.parametrize("where", ["image", "record"])
def test_a_full_disk_where_none_can_be_mounted(hcp, run, monkeypatch, where):
    name = {"image": "save_nifti", "record": "write_json"}[where]
    real = getattr(sys.modules["brainaging.pipeline.data.scan"], name)
    left = [3]

    def full(*args):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args)

    monkeypatch.setattr(f"brainaging.pipeline.data.scan.{name}", full)
    with pytest.raises(DiskFullError, match="3 of 24 scans are finished and kept"):
        run(read_cohort(hcp), skip_bad=True)
    monkeypatch.undo()
    calls.clear()
    assert len(run(read_cohort(hcp))) == 24 and len(calls) == 21


# --- kill -9, in a process of its own

SCRIPT = """
import sys, time
import nibabel, numpy as np
from brainaging.pipeline.data import Recipe, prepare, read_cohort
from brainaging.transforms import GridSpec

def slow(recipe, space):
    def chain(data):
        time.sleep(float(sys.argv[4]))
        return {"image": np.asarray(nibabel.load(data["image"]).dataobj, dtype=np.float32)[None, :8, :8, :8]}
    return chain

if __name__ == "__main__":
    prepare(read_cohort(sys.argv[1]), Recipe(GridSpec("tiny", (8, 8, 8), 24.0), factory=slow), sys.argv[2],
            workers=int(sys.argv[3]), progress=False)
"""


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_kill_and_resume(hcp, tmp_path, workers):
    script, out = tmp_path / "script.py", tmp_path / "out"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(hcp), str(out), str(workers)]
    records = out / "records"
    with subprocess.Popen([*command, "0.3"], start_new_session=True) as process:
        deadline = time.monotonic() + 200
        while not (records.is_dir() and len(list(records.glob("[0-9]*.json"))) >= 3):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    time.sleep(1.5)  # the workers see that their parent is gone
    finished = {path.name: path.stat().st_mtime_ns for path in records.glob("[0-9]*.json")}
    assert 3 <= len(finished) < 24
    with pytest.raises(UserError, match="did not end"):
        Prepared.load(out)
    (out / "images" / ".tmp-dead-000020.nii.gz").write_bytes(b"half")
    (out / "images" / "000021.nii.gz").write_bytes(b"half of one that was never recorded")
    subprocess.run([*command, "0"], check=True)
    kept = {path.name: path.stat().st_mtime_ns for path in records.glob("[0-9]*.json")}
    assert len(kept) == 24 and kept.items() >= finished.items()
    prepared = Prepared.load(out)
    own = [np.asarray(nib.load(image).dataobj)[:8, :8, :8] for image in prepared.table["image"]]
    np.testing.assert_array_equal(prepared.volumes(), own)
    assert not list((out / "images").glob(".tmp-*"))


# --- the real chain


@pytest.fixture
def brains(tmp_path):
    """Return a CSV of three brains in template space, made from the template."""
    grid = GridSpec("source", (64, 64, 64), 3.0)
    volume = template_volume(grid)
    rows = ["subject,path,sex,space"]
    for number in range(3):
        nib.save(nib.Nifti1Image(volume * (1 + number / 10), grid.affine), tmp_path / f"b{number}.nii.gz")
        rows.append(f"s{number},b{number}.nii.gz,F,template")
    (tmp_path / "brains.csv").write_text("\n".join(rows))
    return tmp_path / "brains.csv"


def test_workers_and_this_process_give_the_same_bytes(brains, tmp_path):
    cohort = read_cohort(brains)
    one = prepare(cohort, "t1w_32", tmp_path / "one", progress=False)
    two = prepare(cohort, "t1w_32", tmp_path / "two", workers=2, progress=False)
    np.testing.assert_array_equal(one.volumes(), two.volumes())
    assert (one.head_size == two.head_size).all() and (one.head_size > 500).all()
    assert [f.read_bytes() for f in one.files] == [f.read_bytes() for f in two.files]


def test_bad_scans_of_every_kind_through_the_real_chain(brains, tmp_path):
    image = nib.load(tmp_path / "b0.nii.gz")
    volume = np.asarray(image.dataobj)
    hole = volume.copy()
    hole[32, 32, 32] = np.nan
    nib.save(nib.Nifti1Image(hole, image.affine), tmp_path / "nan.nii.gz")
    nib.save(nib.Nifti1Image(volume * 0, image.affine), tmp_path / "zero.nii.gz")
    content = (tmp_path / "b0.nii.gz").read_bytes()
    (tmp_path / "cut.nii.gz").write_bytes(content[: len(content) // 2])
    header = nib.Nifti1Header()
    header.set_data_shape((1600, 1600, 1600))
    header.set_data_dtype(np.float32)
    header.set_sform(image.affine, code=1)
    header["magic"], header["vox_offset"] = b"n+1", 352
    (tmp_path / "huge.nii.gz").write_bytes(gzip.compress(header.binaryblock + bytes(100)))
    rows = brains.read_text()
    brains.write_text(rows + "\nxhuge,huge.nii.gz,F,template")
    with pytest.raises(CohortError, match=r"huge\.nii\.gz: expected the 16,384,000,352 bytes"):
        read_cohort(brains)  # its header alone shows what is wrong with it
    brains.write_text(rows + "".join(f"\nx{n},{n}.nii.gz,F,template" for n in ("nan", "zero", "cut")))
    cohort = read_cohort(brains)  # only their voxels show what is wrong with these
    with pytest.raises(CohortError) as caught:
        prepare(cohort, "t1w_32", tmp_path / "out", progress=False)
    assert len(caught.value.problems) == 3 and len(str(caught.value).splitlines()) == 4
    assert all(f"{name}.nii.gz" in str(caught.value) for name in ("nan", "zero", "cut"))
    assert "applying transform" not in str(caught.value)
    assert len(prepare(cohort, "t1w_32", tmp_path / "out", skip_bad=True, progress=False)) == 3


def test_prepared_json_says_what_made_it(brains, tmp_path):
    prepared = prepare(read_cohort(brains), "t1w_32", tmp_path / "out", progress=False, seed=3)
    content = json.loads((tmp_path / "out" / "prepared.json").read_text())
    assert content["complete"] and content["fingerprint"] == prepared.grid.fingerprint
    assert content["cohort"]["digest"] == prepared.cohort.digest and content["provenance"]["seed"] == 3
    assert prepared.summary()["grid"]["name"] == "t1w_32"


def test_a_freesurfer_brain(shared_data, tmp_path):
    cohort = read_cohort(shared_data / "freesurfer_mgz").subset([0])
    prepared = prepare(cohort, "t1w_32", tmp_path / "out", progress=False)
    assert prepared.volumes().shape == (1, 32, 32, 32) and prepared.table["template_dice"][0] > 0.9


@pytest.mark.parametrize(("option", "says"), [({"strip": "nope"}, "strip"), ({"grid": "t1w_33"}, "t1w_32")])
def test_an_option_that_no_chain_has_is_said_once(brains, tmp_path, option, says):
    with pytest.raises(UserError, match=says) as caught:
        prepare(read_cohort(brains), Recipe.on(**({"grid": "t1w_32"} | option)), tmp_path / "out", progress=False)
    assert len(str(caught.value).splitlines()) == 1


def test_a_whole_head_is_refused_with_what_to_do(shared_data, tmp_path):
    head = shared_data / "ixi_2mm" / "IXI012-HH-1211-T1_ds.nii.gz"
    (tmp_path / "ixi.csv").write_text(f"MRID,Age,Sex,path\nIXI012,38.78,M,{head}\n")
    with pytest.raises(CohortError, match="whole head") as caught:
        prepare(read_cohort(tmp_path / "ixi.csv"), "t1w_32", tmp_path / "out", progress=False)
    assert len(caught.value.problems) == 1 and "strip" in str(caught.value)
    assert "38.78" not in (tmp_path / "out" / "prepare.log").read_text()
