"""Cohorts of a few seconds that a bundle's configs can run on: the template deformed, and a random table."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from brainaging.networks import T1wGenerator
from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.data.morphometry import prepare_morphometry, read_morphometry
from brainaging.pipeline.engines import write_checkpoint
from brainaging.pipeline.runtime import generator
from brainaging.transforms import get_grid, save_nifti, template_mask, template_volume

GRID = "t1w_32"
#: people of each; Sensitivity: none, what is checked is that configs run
SCANS, ROWS = 14, 40
REGIONS = ("Hippo", "Caudate", "Putamen", "Amygdala")


def toy_scans(folder: Path) -> Path:
    """Return a prepared folder of 14 deformed templates on the coarsest grid; made once in ``folder``."""
    root = folder / "toy_scans"
    if not (root / "prepared" / "prepared.json").is_file():
        root.mkdir(parents=True, exist_ok=True)
        rows = ["path,subject,sex,age,space"]
        for number in range(SCANS):
            save_nifti(_brain(number), GRID, root / f"{number}.nii.gz")
            rows.append(f"{number}.nii.gz,s{number:02d},{'FM'[number % 2]},{20 + number},template")
        (root / "cohort.csv").write_text("\n".join(rows), encoding="utf-8")
        prepare(read_cohort(root / "cohort.csv"), GRID, root / "prepared", progress=False)
    return root / "prepared"


def toy_table(folder: Path) -> Path:
    """Return a prepared table of 40 people and nine measures; made once in ``folder``."""
    root = folder / "toy_table"
    if not (root / "prepared").is_dir():
        root.mkdir(parents=True, exist_ok=True)
        random = generator(0, "toy table")
        names = ["FS_InterCranial_Vol", *(f"FS_{side}_{region}_Vol" for side in "LR" for region in REGIONS)]
        common = random.standard_normal((ROWS, 3)) @ random.standard_normal((3, len(names)))
        people = pd.DataFrame(1000 + 50 * (common + random.standard_normal((ROWS, len(names)))), columns=names)
        people.insert(0, "Subject", [f"s{number:02d}" for number in range(ROWS)])
        people.insert(1, "Gender", ["F", "M"] * (ROWS // 2))
        people.to_csv(root / "table.csv", index=False)
        cohort = read_cohort(root / "table.csv", scans=False)
        prepare_morphometry(cohort, read_morphometry(root / "table.csv"), root / "prepared")
    return root / "prepared"


def toy_generator(folder: Path) -> Path:
    """Return a checkpoint of a generator that is fitted to the toy scans; made once in ``folder``."""
    path = folder / "toy_generator.pt"
    if not path.is_file():
        cohort = Prepared.load(toy_scans(folder))
        sizes = {"latent_size": 12, "detail": 5, "hidden": 8, "lattice": 10}
        mask = template_mask(cohort.grid, dilate_mm=12.0)
        network = T1wGenerator(mask, **sizes, grid=cohort.grid.fingerprint)
        volumes = torch.from_numpy(cohort.volumes())[:, None]
        network.start_from(volumes)
        network.fit_detail(volumes)
        write_checkpoint(path, {"model": network.state_dict(), "settings": sizes})
    return path


def _brain(number: int) -> np.ndarray:
    """Return the template on the grid, smoothly deformed and with its own contrast."""
    random = generator(0, "toy brain", number)
    template = template_volume(get_grid(GRID))
    field = [gaussian_filter(random.standard_normal(template.shape), 4) * 30 for _ in range(3)]
    moved = map_coordinates(template, np.indices(template.shape) + field, order=1)
    return (moved * random.uniform(0.9, 1.1)).astype(np.float32)
