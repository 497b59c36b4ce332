"""A task's folder, written once."""

from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.score.tasks.task_writing import Entrants, Origin, write_task
from brainaging.transforms import save_nifti


@pytest.fixture(scope="session")
def entrants(tiny_task, tmp_path_factory) -> dict[str, Entrants]:
    folder = tmp_path_factory.mktemp("scans")
    files = [
        save_nifti(scan, tiny_task.grid, folder / f"{row}.nii.gz") for row, scan in enumerate(tiny_task.scans)
    ]
    people = Covariates(tiny_task.age, tiny_task.male, np.full(len(tiny_task), 1400.0))
    others = [f"other{row}" for row in range(len(tiny_task))]
    return {
        "train": Entrants(others, people, tiny_task.groups + 10, files),
        "held_out": Entrants(tiny_task.subjects, people, tiny_task.groups, files),
    }


@pytest.fixture(scope="session")
def task_folder(tiny_task, entrants, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("task") / "task"
    write_task(folder, tiny_task, **entrants, origin=Origin("tiny", 3, 1.12))
    return folder
