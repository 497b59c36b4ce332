"""Prepared scans of nobody: the template with its own gain and noise; only their number and size matter here."""

from pathlib import Path

import numpy as np

from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.runtime import generator
from brainaging.transforms import GridSpec, get_grid, save_nifti, template_volume


def brains(grid: GridSpec, count: int) -> np.ndarray:
    """Return ``count`` volumes (n, X, Y, Z) float32 that differ smoothly and by noise, 0 outside the template."""
    random = generator(0, "bench", grid.name)
    template = template_volume(grid).astype(np.float32)
    axes = [np.linspace(-1, 1, size, dtype=np.float32) for size in grid.shape]
    out = np.empty((count, *grid.shape), np.float32)
    for row in range(count):
        a, b, c = random.normal(0, 0.05, 3).astype(np.float32)
        smooth = 1 + a * axes[0][:, None, None] + b * axes[1][None, :, None] + c * axes[2]
        noise = random.standard_normal(grid.shape, dtype=np.float32)
        out[row] = template * (smooth + np.float32(0.02) * noise)
    return out


def prepared_scans(folder: Path, grid: str, count: int) -> Prepared:
    """Return a prepared folder of ``count`` such brains, made once in ``folder``."""
    root = folder / f"{grid}-{count}"
    if not (root / "prepared" / "prepared.json").is_file():
        cohort = written_scans(root, grid, count)
        prepare(read_cohort(cohort), grid, root / "prepared", progress=False)
    return Prepared.load(root / "prepared")


def written_scans(root: Path, grid: str, count: int) -> Path:
    """Write ``count`` such brains as NIfTI, and the CSV that lists them; return its path."""
    root.mkdir(parents=True, exist_ok=True)
    spec = get_grid(grid)
    rows = ["path,subject,sex,age,space"]
    for number, volume in enumerate(brains(spec, count)):
        save_nifti(volume, spec, root / f"{number}.nii.gz")
        rows.append(f"{number}.nii.gz,s{number:05d},{'FM'[number % 2]},{20 + number % 60},template")
    (root / "cohort.csv").write_text("\n".join(rows), encoding="utf-8")
    return root / "cohort.csv"
