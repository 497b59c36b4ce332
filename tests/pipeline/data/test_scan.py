"""One scan prepared: whole with its record, or a problem in one line."""

import numpy as np
import pytest

from brainaging.pipeline.data import Recipe
from brainaging.pipeline.data.scan import Job, prepare_scan, read_record, source_key
from brainaging.transforms import load_grid_nifti


@pytest.fixture
def job(tmp_path, scan):
    image = scan(tmp_path / "scan.nii.gz")
    return Job(7, str(image), "template", tmp_path / "000007.nii.gz", tmp_path / "000007.json")


@pytest.fixture
def volume(tiny_grid):
    return np.random.default_rng(0).uniform(size=(1, *tiny_grid.shape)).astype(np.float32)


def test_a_volume_and_its_record_are_written_and_read_back(job, volume, tiny_grid):
    outcome = prepare_scan(job, Recipe(tiny_grid), lambda data: {"image": volume, "head_size": 1400.0})
    assert outcome.number == 7 and not outcome.problem
    np.testing.assert_array_equal(load_grid_nifti(job.volume, tiny_grid), volume[0])
    record = read_record(job.record, job.volume)
    assert record["head_size"] == 1400.0 and record["template_dice"] is None
    assert record["key"] == source_key(job.image, job.space)


def test_a_changed_byte_is_seen_where_it_is_verified(job, volume, tiny_grid):
    prepare_scan(job, Recipe(tiny_grid), lambda data: {"image": volume})
    content = bytearray(job.volume.read_bytes())
    content[-20] ^= 1
    job.volume.write_bytes(content)
    assert read_record(job.record, job.volume) is None
    assert read_record(job.record, job.volume, verify=False) is not None
    job.volume.write_bytes(content[:-1])
    assert read_record(job.record, job.volume, verify=False) is None


def test_the_key_changes_with_the_source_and_its_space(job, scan, tmp_path):
    keys = {source_key(job.image, space) for space in ("template", "native")}
    scan(tmp_path / "scan.nii.gz", 3)
    assert source_key(job.image, "template") not in keys and len(keys) == 2


def test_what_a_chain_gives_must_fit_the_grid_and_be_finite(job, volume, tiny_grid):
    for bad in (volume[:, :4], np.where(volume > 0.5, np.nan, volume)):
        outcome = prepare_scan(job, Recipe(tiny_grid), lambda data, bad=bad: {"image": bad})
        assert "not finite" in outcome.problem and "scan.nii.gz" in outcome.problem
        assert not job.record.exists() and "\n" not in outcome.problem


def test_a_scan_that_changes_while_it_is_read_is_a_problem(job, volume, tiny_grid, scan, tmp_path):
    def chain(data):
        scan(tmp_path / "scan.nii.gz", 5)
        return {"image": volume}

    assert "changed while it was read" in prepare_scan(job, Recipe(tiny_grid), chain).problem
    assert not job.record.exists()


def test_what_the_disk_refuses_is_said_without_a_number(job, volume, tiny_grid):
    def refused(data):
        raise OSError(27, "File too large", "/out/000007.nii.gz")

    problem = prepare_scan(job, Recipe(tiny_grid), refused).problem
    assert problem == f"{job.image}: File too large"
