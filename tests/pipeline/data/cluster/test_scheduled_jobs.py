"""What a scheduler's workers prepare: the bytes of one process, however workers, client and scheduler end."""

import signal
import subprocess
import sys
import threading
import time

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.data import CohortError, DiskFullError, Recipe, prepare, read_cohort
from brainaging.pipeline.data.cluster import scheduled_scans
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, ScanError, template_volume

JOBS = "brainaging.pipeline.data.cluster.scheduled_jobs"
gate = threading.Event()
at_work: list[str] = []


def corner_chain(recipe, space):
    """Stand in for t1w_chain: the scan's first 8³ voxels; a scan with a NaN is bad."""

    def chain(data):
        at_work.append(data["image"])
        volume = np.asarray(nib.load(data["image"]).dataobj, dtype=np.float32)[:8, :8, :8]
        if np.isnan(volume).any():
            raise ScanError(f"{data['image']}: expected finite intensities, found NaN")
        return {"image": volume[None], "head_size": float(volume.sum())}

    return chain


def waiting_chain(recipe, space):
    def chain(data):
        assert gate.wait(60)
        return corner_chain(recipe, space)(data)

    return chain


def full_disk_chain(recipe, space):
    def chain(data):
        raise OSError(28, "No space left on device")

    return chain


def broken_chain(recipe, space):
    return lambda data: data["imgae"]


@pytest.fixture(autouse=True)
def _fresh():
    gate.clear()
    at_work.clear()
    yield
    gate.set()


def contents(folder):
    """Return the bytes of volumes, records and table of a prepared folder, by name."""
    files = [*folder.glob("images/*"), *folder.glob("records/*"), folder / "cohort.csv"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_same_bytes_as_one_process_and_nothing_twice(hcp, tiny_grid, tmp_path, scheduler, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cohort, recipe = read_cohort(hcp), Recipe(tiny_grid, factory=corner_chain)
    prepare(cohort, recipe, "one", progress=False)
    at_work.clear()
    prepare(cohort, recipe, "many", workers=scheduler, progress=False)
    assert contents(tmp_path / "many") == contents(tmp_path / "one") and len(at_work) == 24
    assert f"24 to prepare, the workers of {scheduler}" in (tmp_path / "many" / "prepare.log").read_text()
    prepare(cohort, recipe, "many", workers=scheduler, progress=False)
    assert len(at_work) == 24


def test_with_nothing_left_to_do_no_scheduler_is_asked(tiny_grid):
    assert list(scheduled_scans(Recipe(tiny_grid), [], "tcp://127.0.0.1:1")) == []


def test_bad_scans_are_told_as_one_process_tells_them(hcp, tiny_grid, tmp_path, scheduler):
    path = hcp / "100001" / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz"
    nib.save(nib.Nifti1Image(np.full((10, 11, 12), np.nan, np.float32), np.diag([10.0, 10, 10, 1])), path)
    cohort, recipe = read_cohort(hcp).subset(range(6)), Recipe(tiny_grid, factory=corner_chain)
    said = []
    for out, workers in (("one", 1), ("many", scheduler)):
        with pytest.raises(CohortError) as caught:
            prepare(cohort, recipe, tmp_path / out, workers=workers, progress=False)
        said.append(str(caught.value).replace(str(tmp_path / out), ""))
        assert len(prepare(cohort, recipe, tmp_path / out, workers=workers, skip_bad=True, progress=False)) == 5
    assert said[0] == said[1] and "100001" in said[0]
    assert contents(tmp_path / "many") == contents(tmp_path / "one")


def test_a_window_of_jobs_is_handed_in_at_a_time(jobs, tiny_grid, scheduler, monkeypatch):
    monkeypatch.setattr(f"{JOBS}.WINDOW", 2)
    outcomes = scheduled_scans(Recipe(tiny_grid, factory=waiting_chain), jobs, scheduler)
    threading.Timer(1.0, gate.set).start()
    next(outcomes)
    assert len(at_work) <= 3  # two, and the one that followed the first
    assert sorted(outcome.number for outcome in outcomes) != list(range(6))
    assert len(at_work) == 6


def test_a_run_that_is_stopped_writes_no_more(jobs, tiny_grid, scheduler):
    recipe = Recipe(tiny_grid, factory=waiting_chain)
    outcomes = scheduled_scans(recipe, jobs, scheduler)
    threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)
    gate.set()
    # those two that workers were at end now, and another run gets the workers
    assert not list(jobs[0].record.parent.iterdir())
    assert len(list(scheduled_scans(recipe, jobs[4:], scheduler))) == 2
    assert sorted(path.name for path in jobs[0].record.parent.iterdir()) == ["000004.json", "000005.json"]
    assert sorted(path.name for path in jobs[0].volume.parent.iterdir()) == ["000004.nii.gz", "000005.nii.gz"]


def test_a_worker_s_full_disk_is_no_bad_scan(hcp, tiny_grid, tmp_path, scheduler):
    cohort = read_cohort(hcp).subset(range(3))
    with pytest.raises(DiskFullError, match="0 of 3 scans are finished"):
        prepare(cohort, Recipe(tiny_grid, factory=full_disk_chain), tmp_path / "out", workers=scheduler)


def test_a_bug_is_shown_as_one(hcp, tiny_grid, tmp_path, scheduler):
    with pytest.raises(KeyError, match="imgae"):
        prepare(
            read_cohort(hcp), Recipe(tiny_grid, factory=broken_chain), tmp_path / "out", workers=scheduler,
            progress=False,
        )  # fmt: skip


@pytest.mark.parametrize("seen_after", [4, None])
def test_files_that_the_file_system_shows_late_are_waited_for(jobs, tiny_grid, scheduler, monkeypatch, seen_after):
    asked = [0]
    real = sys.modules[JOBS].read_record

    def late(*args, **options):
        asked[0] += 1
        return None if seen_after is None or asked[0] < seen_after else real(*args, **options)

    monkeypatch.setattr(f"{JOBS}.read_record", late)
    monkeypatch.setattr(f"{JOBS}.SEEN_S", 60 if seen_after else 0.1)
    outcomes = scheduled_scans(Recipe(tiny_grid, factory=corner_chain), jobs[:2], scheduler)
    if seen_after:
        assert sorted(outcome.number for outcome in outcomes) == [0, 1]
    else:
        with pytest.raises(UserError, match="not seen here"):
            list(outcomes)


# --- what dies


def _when(what, does):
    """Do something in a thread as soon as ``what`` is true."""

    def watch():
        _wait_for(what)
        does()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def _wait_for(what, seconds=240):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_what_a_worker_died_of_is_handed_in_again(jobs, tiny_grid, impatient, lose_worker):
    """The scheduler gives up at once (``allowed-failures`` 0) what the worker had, begun or not."""
    recipe = Recipe(tiny_grid, factory=waiting_chain)
    outcomes = scheduled_scans(recipe, jobs, impatient.scheduler_address)
    began = []

    def lose():
        lose_worker(impatient, 0)
        _wait_for(lambda: len(impatient.scheduler.workers) == 1)
        began.append(sum(kind.suspicious for kind in impatient.scheduler.task_prefixes.values()))
        gate.set()

    # the one that is lost holds a scan too
    watcher = _when(lambda: all(worker.processing for worker in impatient.scheduler.workers.values()), lose)
    assert sorted((outcome.number, outcome.problem) for outcome in outcomes) == [(n, "") for n in range(6)]
    watcher.join()
    assert began[0] > 0


def test_a_scan_that_workers_die_of_is_named(jobs, tiny_grid, impatient, lose_worker, monkeypatch):
    monkeypatch.setattr(f"{JOBS}.HANDED_IN_AGAIN", 0)
    watcher = _when(
        lambda: impatient.scheduler.total_occupancy > 0,
        lambda: [lose_worker(impatient, which) for which in (0, 1)],
    )
    with pytest.raises(UserError, match="workers died of it again and again") as caught:
        list(scheduled_scans(Recipe(tiny_grid, factory=waiting_chain), jobs[:1], impatient.scheduler_address))
    watcher.join()
    gate.set()
    assert jobs[0].image in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_a_scheduler_that_is_gone_is_one_line(jobs, tiny_grid, lone_scheduler, monkeypatch):
    process, address = lone_scheduler
    monkeypatch.setattr(f"{JOBS}.check_workers", lambda *args: threading.Timer(0.5, process.kill).start())
    with pytest.raises(UserError, match="the scheduler is gone; finished scans are kept") as caught:
        list(scheduled_scans(Recipe(tiny_grid, factory=corner_chain), jobs, address))
    assert len(str(caught.value).splitlines()) == 1 and not list(jobs[0].record.parent.iterdir())


# --- processes of their own and kill -9, with the real chain


@pytest.fixture
def brains(tmp_path):
    """Return a CSV of 24 brains in template space."""
    grid = GridSpec("source", (64, 64, 64), 3.0)
    volume = template_volume(grid)
    rows = ["subject,path,sex,space"]
    for number in range(24):
        nib.save(nib.Nifti1Image(volume * (1 + number / 10), grid.affine), tmp_path / f"b{number}.nii.gz")
        rows.append(f"s{number},b{number}.nii.gz,{'FM'[number % 2]},template")
    (tmp_path / "brains.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "brains.csv"


def _finished(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "records").glob("[0-9]*.json")}


@pytest.mark.slow
def test_a_killed_worker_changes_no_byte(brains, tmp_path, lone_scheduler, add_worker):
    _, address = lone_scheduler
    cohort, many = read_cohort(brains), tmp_path / "many"
    prepare(cohort, "t1w_32", tmp_path / "one", progress=False)
    workers = [add_worker(address) for _ in range(2)]
    found = []
    killer = _when(lambda: len(_finished(many)) >= 2, lambda: (workers[0].kill(), found.append(_finished(many))))
    prepare(cohort, "t1w_32", many, workers=address, progress=False)
    killer.join()
    assert 2 <= len(found[0]) < 24 and contents(many) == contents(tmp_path / "one")


CLIENT = """
import sys
from brainaging.pipeline.data import prepare, read_cohort
prepare(read_cohort(sys.argv[1]), "t1w_32", sys.argv[2], workers=sys.argv[3], progress=False)
"""


@pytest.mark.slow
def test_after_a_killed_client_a_second_goes_on(brains, tmp_path, lone_scheduler, add_worker):
    _, address = lone_scheduler
    add_worker(address)
    out = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", CLIENT, str(brains), str(out), address]) as client:
        _wait_for(lambda: _finished(out))
        client.kill()
    early = _finished(out)
    assert 0 < len(early) < 24
    prepared = prepare(read_cohort(brains), "t1w_32", out, workers=address, progress=False)
    assert len(prepared) == 24 and _finished(out).items() >= early.items()
    prepare(read_cohort(brains), "t1w_32", tmp_path / "one", progress=False)
    assert contents(out) == contents(tmp_path / "one")
