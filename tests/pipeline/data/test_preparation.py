"""One run of preparing: finished scans keep their numbers, and what the cohort does not list goes."""

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.data import Recipe, read_cohort
from brainaging.pipeline.data.preparation import Preparation


def corner_chain(recipe, space):
    return lambda data: {"image": np.asarray(nib.load(data["image"]).dataobj, np.float32)[None, :8, :8, :8]}


@pytest.fixture
def preparation(tiny_grid, tmp_path):
    for name in ("images", "records"):
        (tmp_path / "out" / name).mkdir(parents=True)
    return lambda cohort: Preparation(cohort, Recipe(tiny_grid, factory=corner_chain), tmp_path / "out", False)


def test_finished_scans_keep_their_number_and_others_get_a_free_one(hcp, preparation):
    cohort = read_cohort(hcp)
    first = preparation(cohort.subset([0, 1, 2]))
    assert [job.number for job in first.plan().values()] == [0, 1, 2]
    first.prepare(1, False, 0)
    again = preparation(cohort.subset([5, 2, 4, 0]))
    assert [job.number for job in again.plan().values()] == [3, 2, 4, 0]


def test_a_volume_that_the_cohort_does_not_list_any_more_is_removed(hcp, preparation, tmp_path):
    cohort = read_cohort(hcp)
    preparation(cohort.subset([0, 1, 2])).prepare(1, False, 0)
    preparation(cohort.subset([0, 2])).prepare(1, False, 0)
    assert sorted(path.name for path in (tmp_path / "out/images").iterdir()) == ["000000.nii.gz", "000002.nii.gz"]
    assert "000001.nii.gz removed" in (tmp_path / "out/prepare.log").read_text()


def test_a_scan_that_is_gone_is_a_problem_and_has_no_job(hcp, preparation):
    cohort = read_cohort(hcp).subset([0, 1, 2])
    (hcp / "100001" / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz").unlink()
    run = preparation(cohort)
    assert list(run.plan()) == [0, 2] and [problem.subject for problem in run.problems] == ["100001"]
