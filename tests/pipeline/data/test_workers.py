"""Who prepares scans, and with how many threads."""

import numpy as np
import pytest
import SimpleITK as sitk

from brainaging.pipeline.data import Recipe
from brainaging.pipeline.data.scan import Job
from brainaging.pipeline.data.workers import Worker, prepared_scans, run_job
from brainaging.pipeline.runtime import UserError

made: list[str] = []


def counted_chain(recipe, space):
    made.append(space)
    if space == "native":
        raise ValueError("native: no such option")
    return lambda data: {"image": np.ones((1, *recipe.grid.shape), np.float32)}


@pytest.fixture
def jobs(tmp_path, scan):
    made.clear()
    return [
        Job(n, str(scan(tmp_path / f"{n}.nii.gz")), "template", tmp_path / f"v{n}.nii.gz", tmp_path / f"{n}.json")
        for n in range(2)
    ]


def test_a_chain_is_made_once_a_space_and_itk_gets_its_threads_back(jobs, tiny_grid):
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    outcomes = list(prepared_scans(Recipe(tiny_grid, factory=counted_chain), jobs, 1))
    assert [(outcome.number, outcome.problem) for outcome in outcomes] == [(0, ""), (1, "")]
    assert made == ["template"] and sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == before


def test_an_option_that_no_chain_has_stops_before_the_first_scan(jobs, tiny_grid, tmp_path):
    native = Job(2, jobs[0].image, "native", tmp_path / "v2.nii.gz", tmp_path / "2.json")
    with pytest.raises(UserError, match="no such option"):
        list(prepared_scans(Recipe(tiny_grid, factory=counted_chain), [*jobs, native], 1))
    assert not jobs[0].volume.exists()


def test_a_job_outside_a_worker_process_is_a_bug(jobs):
    assert Worker.current is None
    with pytest.raises(RuntimeError, match="start_worker"):
        run_job(jobs[0])
