"""The edit that ships, on a finer grid: effects lie on a grid of their own, and the reader is resampled."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from brainaging.bundles import bundle_path
from brainaging.pipeline.counterfactual.cohort_alignment import REACH_MM
from brainaging.pipeline.counterfactual.edit_checkpoint import load, save
from brainaging.pipeline.runtime.shipped_weights import shipped_weights
from brainaging.transforms import GridSpec, get_grid, place, template_mask


def edit_on(grid: str, path: Path) -> Path:
    """Write the edit that ships as one of ``grid``; return its path.

    It takes the time and the memory that an edit learned on that grid takes, and reads age and sex as the one that
    ships does, resampled.
    """
    shipped = shipped_weights(bundle_path("edit"))
    if shipped is None:
        raise FileNotFoundError("expected the edit that ships, found no weights")
    learned, spec = load(shipped.path), get_grid(grid)
    if learned.reader is None:
        raise ValueError("expected an edit with a reader of age and sex, found none")
    reader = replace(
        learned.reader,
        grid=spec,
        sex=_on(learned.reader.sex, learned.edit.grid, spec),
        age=_on(learned.reader.age, learned.edit.grid, spec),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save(replace(learned, edit=replace(learned.edit, grid=spec), reader=reader), path)
    return path


def _on(weights: np.ndarray, coarse: GridSpec, fine: GridSpec) -> np.ndarray:
    """Return weights (p + 1,) of a grid's voxels, and a constant, for another grid's."""
    volume = np.zeros(coarse.shape, np.float32)
    volume[template_mask(coarse, dilate_mm=REACH_MM)] = weights[:-1]
    share = fine.voxel_ml / coarse.voxel_ml
    voxels = place(volume, coarse.affine, fine)[template_mask(fine, dilate_mm=REACH_MM)] * share
    return np.append(voxels, weights[-1])
