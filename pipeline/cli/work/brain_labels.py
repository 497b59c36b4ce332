"""Labels beside the brains of `generate`: a volume each, and the table of what they name."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.template_labels import template_labels
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.pipeline.runtime import UserError, atomic_output
from brainaging.transforms import GRIDS, load_grid_nifti


def write_labels(folder: Path) -> None:
    """Write ``labels/000000.nii.gz``, … beside ``volumes``, and ``labels.csv`` (label, structure, hemisphere).

    Args:
        folder: what `generate` wrote.

    Raises:
        UserError: brains of a grid that this version does not know, or that is no cube of 192 mm.
    """
    table = pd.read_csv(folder / "latents.csv", dtype=str, usecols=["grid"])
    grids = [grid for grid in GRIDS.values() if grid.fingerprint == table["grid"].iloc[0]]
    if not grids:
        raise UserError(f"{folder}: expected brains on a named grid, found {table['grid'].iloc[0]}")
    (grid,) = grids
    files = [f"{number:06d}.nii.gz" for number in range(len(table))]
    volumes = np.stack([load_grid_nifti(folder / "volumes" / file, grid) for file in files])
    for file, labels in zip(files, template_labels(volumes, grid), strict=True):
        with atomic_output(folder / "labels" / file) as temporary:
            nib.save(nib.Nifti1Image(labels, grid.affine), temporary)
    _, regions = atlas_on_grid(DESIKAN_KILLIANY, grid)
    rows = [(label, region.structure, region.hemisphere) for label, region in sorted(regions.items())]
    with atomic_output(folder / "labels.csv") as temporary:
        pd.DataFrame(rows, columns=["label", "structure", "hemisphere"]).to_csv(temporary, index=False)
